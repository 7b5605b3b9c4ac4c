/** What the tests of Peer stand on: a transport that only remembers. Holds no tests of its own. */
import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/base/json.ts'
import type { Frame } from '../../src/wire/frame.ts'
import { encodeFrame, noBody } from '../../src/wire/frame.ts'
import { FrameDecoder } from '../../src/wire/frame-decoder.ts'
import type { PeerEnd, PeerHandler } from '../../src/wire/peer.ts'
import { Peer } from '../../src/wire/peer.ts'
import type { Transport } from '../../src/wire/transport.ts'

/** A transport that keeps what is written. */
export class Tape implements Transport {
  readonly writes: Uint8Array[] = []
  buffered = 0
  closed = 0
  readonly #decoder = new FrameDecoder()

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes)
    return true
  }

  close(): void {
    this.closed++
  }

  bufferedBytes(): number {
    return this.buffered
  }

  /** Frames written since the last call. */
  frames(): readonly Frame[] {
    return this.#decoder.push(Buffer.concat(this.writes.splice(0))).frames
  }
}

/** A peer, what it wrote and what it told. */
export interface Setup {
  readonly peer: Peer
  readonly tape: Tape
  readonly log: string[]
  readonly ends: PeerEnd[]
  readonly flush: () => void
}

/** A peer on a tape, whose flushes wait for `flush`. */
export function setUp(
  side: 'connector' | 'acceptor',
  options: { credit?: number; maxBufferedBytes?: number } = {},
): Setup {
  const tape = new Tape()
  const log: string[] = []
  const ends: PeerEnd[] = []
  let pendingFlush: (() => void) | null = null
  const handler: PeerHandler = {
    onHello: (header) => log.push(`hello ${JSON.stringify(header)}`),
    onWelcome: (header) => log.push(`welcome ${JSON.stringify(header)}`),
    onRequest: (correlation, header) => log.push(`request ${correlation} ${JSON.stringify(header)}`),
    onCancel: (correlation) => log.push(`cancel ${correlation}`),
    onNotice: (correlation, header) => log.push(`notice ${correlation} ${JSON.stringify(header)}`),
    onClosed: (end) => ends.push(end),
  }
  const peer = new Peer({
    side,
    transport: tape,
    handler,
    credit: options.credit ?? 2,
    scheduleFlush: (flush) => {
      pendingFlush = flush
    },
    ...(options.maxBufferedBytes === undefined ? {} : { maxBufferedBytes: options.maxBufferedBytes }),
  })
  return { peer, tape, log, ends, flush: () => pendingFlush?.() }
}

/** One encoded frame. */
export const frame = (
  kind: Frame['kind'],
  correlation: number,
  header: JsonObject = {},
  body: Uint8Array = noBody,
): Uint8Array => encodeFrame({ kind, correlation, header, body })

/** An acceptor that has welcomed a connector with the given credit. */
export function acceptor(
  options: { credit?: number; maxBufferedBytes?: number; theirs?: number } = {},
): Setup {
  const setup = setUp('acceptor', options)
  setup.peer.receive(frame('hello', 0, { protocol: 1, credit: options.theirs ?? 2 }))
  setup.peer.welcome({})
  setup.peer.flush()
  setup.tape.frames()
  setup.log.length = 0
  return setup
}

/** The reason of the goodbye that was just written. */
export function goodbyeOf({ tape }: Setup): unknown {
  const last = tape.frames().at(-1)
  assert.equal(last?.kind, 'goodbye')
  return last.header['reason']
}
