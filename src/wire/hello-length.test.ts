/** How long a first frame may be where strangers connect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerEnd } from './peer.ts'
import { encodeFrame } from './frame.ts'
import type { FrameKind } from './frame.ts'
import { Peer } from './peer.ts'

const bytesOf = (kind: FrameKind, correlation: number, length: number) =>
  encodeFrame({ kind, correlation, header: { protocol: 1 }, body: Buffer.alloc(length) })

function guarded() {
  const ends: PeerEnd[] = []
  const bodies: number[] = []
  const peer: Peer = new Peer({
    side: 'acceptor',
    credit: 4,
    maxHelloLength: 1_000,
    transport: { write: () => true, close: () => undefined, bufferedBytes: () => 0 },
    handler: {
      onHello: () => peer.welcome({}),
      onRequest: (_, __, body) => void bodies.push(body.length),
      onClosed: (end) => void ends.push(end),
    },
  })
  return { peer, ends, bodies }
}

test('a first frame beyond the bound ends the connection with its first bytes', () => {
  const { peer, ends } = guarded()
  peer.receive(bytesOf('hello', 0, 1_000).subarray(0, 4))
  assert.match(ends[0]?.reason ?? '', /^length: /)
})

test('once welcome, frames may be as long as the protocol allows', () => {
  const { peer, ends, bodies } = guarded()
  peer.receive(bytesOf('hello', 0, 900))
  peer.receive(bytesOf('request', 1, 900_000))
  assert.deepEqual([ends, bodies], [[], [900_000]])
})

test('without a bound the first frame may be as long as any', () => {
  const peer = new Peer({
    side: 'acceptor',
    credit: 4,
    handler: {},
    transport: { write: () => true, close: () => undefined, bufferedBytes: () => 0 },
  })
  peer.receive(bytesOf('hello', 0, 1_000_000))
  assert.equal(peer.phase, 'greeting')
})
