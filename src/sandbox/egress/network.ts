/**
 * The network, as the proxy touches it: looking a name up and connecting to an address. Both happen only after
 * the gate's yes. A connection is made to an address and never to a name, so that there is no second look-up that
 * could answer differently.
 */
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Address, readAddress } from './address.ts'

/** Looks up and connects. Both reject with an error that says what failed. */
export interface Network {
  /** All addresses of a name, in the order in which they are to be tried. Cannot be called back once it began. */
  resolve(name: string): Promise<readonly string[]>
  /** A connection to exactly this address; rejects when `signal` aborts first. Whoever gets it destroys it. */
  connect(address: Address, port: number, signal: AbortSignal): Promise<Duplex>
}

/** This machine's resolver and network. */
export const systemNetwork: Network = {
  async resolve(name) {
    const found = await lookup(name, { all: true, order: 'ipv4first' })
    return found.map(({ address }) => address)
  },
  connect(address, port, signal) {
    return new Promise((done, failed) => {
      if (signal.aborted) return failed(new Error('given up'))
      const socket = connect({ host: address.text, port, family: address.family, noDelay: true })
      const abort = (): void => void socket.destroy(new Error('given up'))
      signal.addEventListener('abort', abort, { once: true })
      socket.once('error', failed)
      socket.once('connect', () => {
        signal.removeEventListener('abort', abort)
        socket.off('error', failed)
        // The system was given a number, so this cannot differ; if it did, everything above would be void.
        if (readAddress(socket.remoteAddress ?? '')?.text === address.text) return done(socket)
        socket.destroy()
        failed(new Error('the connection went elsewhere'))
      })
    })
  },
}

/** `promise`, or a rejection as soon as `signal` aborts; what it settles to later is dropped. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, failed) => {
    onAbort = () => failed(new Error('given up'))
    if (signal.aborted) onAbort()
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
