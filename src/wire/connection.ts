/**
 * A node:net socket as a Peer wants it. Works for unix sockets and for the duplex pipe between the supervisor
 * and the kernel alike; it is the only place where the wire meets the event loop.
 */
import type { Socket } from 'node:net'
import type { Transport } from './transport.ts'

/** One connection, both halves. */
export interface Connection {
  readonly transport: Transport
  /**
   * Begins delivery; call it once. `receive` gets every chunk, `closed` is called once, last. Errors of the
   * stream end it and are told as its reason.
   */
  start(receive: (bytes: Uint8Array) => void, closed: (reason: string) => void): void
}

/** How long a closing connection may take to send what it still has. */
const closeTimeoutMs = 1_000

/** Wraps a connected socket. Nothing else may read from it, write to it or end it afterwards. */
export function connectionOf(socket: Socket): Connection {
  let failure = ''
  socket.on('error', (error) => {
    failure = error.message
  })
  return {
    transport: transportOf(socket),
    start(receive, closed) {
      const end = (): void => closed(failure === '' ? 'the connection was closed' : failure)
      if (socket.destroyed) {
        queueMicrotask(end)
        return
      }
      socket.once('close', end)
      socket.on('data', receive)
    },
  }
}

function transportOf(socket: Socket): Transport {
  return {
    write: (bytes) => !socket.writable || socket.write(bytes),
    bufferedBytes: () => socket.writableLength,
    close() {
      if (socket.destroyed) return
      socket.end()
      // A peer that does not read would keep the socket for ever.
      setTimeout(() => socket.destroy(), closeTimeoutMs).unref()
    },
  }
}
