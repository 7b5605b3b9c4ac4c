/**
 * What a program sends after CONNECT while its tunnel does not stand yet, or not quite: kept, bounded, and looked at
 * for the beginning of TLS. Reading on is also the only way to notice that the program went away while it waits.
 */
import type { Duplex } from 'node:stream'
import { type HelloReading, longestHello, readClientHello } from './client-hello.ts'

/** Holds the bytes of one program's side. */
export interface EarlyBytes {
  /** Aborts when the program ends the connection. */
  readonly gone: AbortSignal
  /**
   * What the program begins with, once that is clear; `partial` when `signal` aborts or it goes away before.
   */
  hello(signal: AbortSignal): Promise<HelloReading>
  /** Puts the bytes back in front of the stream, which is paused, and stops reading. */
  release(): void
}

/** Begins to read `socket`; `head` came already. */
export function earlyBytes(socket: Duplex, head: Buffer): EarlyBytes {
  const controller = new AbortController()
  let bytes: Buffer = head
  let changed = (): void => undefined
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk])
    // The rest stays where the program's own system holds it.
    if (bytes.length > longestHello + 16_384) socket.pause()
    changed()
  }
  const onGone = (): void => {
    controller.abort(new Error('the program went away'))
    changed()
  }
  socket.on('data', onData).once('end', onGone).once('close', onGone).once('error', onGone)
  return {
    gone: controller.signal,
    hello(signal) {
      return new Promise((done) => {
        const look = (): void => {
          const reading = readClientHello(bytes)
          if (reading.kind === 'partial' && !signal.aborted && !controller.signal.aborted) return
          signal.removeEventListener('abort', look)
          changed = (): void => undefined
          done(reading)
        }
        changed = look
        signal.addEventListener('abort', look, { once: true })
        look()
      })
    },
    release() {
      socket.pause()
      socket.off('data', onData).off('end', onGone).off('close', onGone).off('error', onGone)
      if (bytes.length > 0 && !socket.destroyed && !socket.readableEnded) socket.unshift(bytes)
      bytes = Buffer.alloc(0)
    },
  }
}
