/**
 * A unix socket with nothing on it: bytes go over and the same bytes come back, in order. Frames, headers,
 * correlations and credit are what the wire adds to this. What one turn sends goes out in one write, as ours does.
 */
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** Name of the reference in the tables. */
export const bareEchoName = 'bare socket echo'

/** The asking end. */
export interface BareEcho {
  /** Resolves when as many bytes as were sent have come back after all earlier ones. */
  readonly roundTrip: () => Promise<void>
  close(): void
}

/** Connects to a served echo; every round trip sends `message`. */
export async function connectBareEcho(path: string, message: Uint8Array): Promise<BareEcho> {
  const socket = await connected(path)
  const waiting: (() => void)[] = []
  let unsent = 0
  let received = 0
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    const complete = Math.floor(received / message.length)
    received -= complete * message.length
    for (const resolve of waiting.splice(0, complete)) resolve()
  })
  const send = (): void => {
    socket.write(Buffer.concat(Array.from({ length: unsent }, () => message)))
    unsent = 0
  }
  return {
    roundTrip: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        unsent += 1
        if (unsent === 1) queueMicrotask(send)
      }),
    close: () => void socket.destroy(),
  }
}

/** Serves the echo at `path`. */
export function serveBareEcho(path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket))
    socket.once('error', reject)
  })
}
