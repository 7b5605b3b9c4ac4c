/** How a peer and its handler come to know each other. */
import type { Peer } from '../wire/peer.ts'

/** A peer and its handler need each other: the handler is made first and told of the peer once. */
export function bindable(): { readonly bind: (peer: Peer) => void; readonly peer: () => Peer } {
  let bound: Peer | null = null
  return {
    bind: (peer) => {
      bound = peer
    },
    peer: () => {
      if (bound === null) throw new TypeError('the peer is bound before anything is received')
      return bound
    },
  }
}
