/**
 * Requests and answers as JSON lines over a unix socket, each with an id, as most local protocols have them:
 * the arguments are part of the line, both ends parse all of it with the engine's own parser, and what one turn
 * makes leaves in one write, as ours does.
 */
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { decodeLine, encodeLine } from './json-lines.ts'

/** Name of the reference in the tables. */
export const lineEchoName = 'JSON lines over a socket'

/** The asking end. */
export interface LineEcho {
  /** Resolves when the answer with the request's id is there. */
  readonly roundTrip: () => Promise<void>
  close(): void
}

/** Connects to a served echo; every request carries `params`. */
export async function connectLineEcho(path: string, params: object): Promise<LineEcho> {
  const socket = await connected(path)
  const waiting = new Map<number, () => void>()
  const send = sender(socket)
  let last = 0
  onLine(socket, (message) => {
    const { id } = message as { readonly id: number }
    waiting.get(id)?.()
    waiting.delete(id)
  })
  return {
    roundTrip: () =>
      new Promise((resolve) => {
        last += 1
        waiting.set(last, resolve)
        send({ id: last, method: 'call', params })
      }),
    close: () => void socket.destroy(),
  }
}

/** Serves the echo at `path`. */
export function serveLineEcho(path: string): Promise<Server> {
  const server = createServer((socket) => {
    const send = sender(socket)
    socket.on('error', () => undefined)
    onLine(socket, (message) => {
      const { id, params } = message as { readonly id: number; readonly params: object }
      send({ id, result: params })
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

/** Collects the lines of one turn into one write. */
function sender(socket: Socket): (message: object) => void {
  let lines: Uint8Array[] = []
  const flush = (): void => {
    socket.write(Buffer.concat(lines))
    lines = []
  }
  return (message) => {
    if (lines.push(encodeLine(message)) === 1) queueMicrotask(flush)
  }
}

function onLine(socket: Socket, take: (message: unknown) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start))
      take(decodeLine(bytes.subarray(start, end)))
    rest = bytes.subarray(start)
  })
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket))
    socket.once('error', reject)
  })
}
