/**
 * The wire over unix sockets of this machine. The folder is the lock on the door: it must belong to this user
 * and be closed to everybody else, on both ends, or nothing is served and nothing is trusted. A socket file
 * that a dead process left behind is removed, but only when nobody answers on it.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Connection } from './connection.ts'
import { connectionOf } from './connection.ts'

/** Why a socket could not be served or reached. */
export interface SocketProblem {
  readonly reason:
    | 'path-too-long' // longer than the system's addresses
    | 'folder-not-private' // missing, not ours, or open to others
    | 'not-a-socket' // something else lies at the path
    | 'in-use' // somebody serves it already
    | 'unreachable' // nobody serves it
    | 'system' // anything else the operating system said
  readonly message: string
}

/** A socket being served. */
export interface Listener {
  readonly path: string
  /** Stops serving, ends every connection at once and removes the socket. */
  close(): Promise<void>
}

/** How a socket is served. */
export interface ListenOptions {
  /** Connections beyond this many are dropped at once; default 256. */
  readonly maxConnections?: number
}

/** Serves `path`, which then has mode 0600. `onConnection` owns each connection and must start it. */
export async function listen(
  path: string,
  onConnection: (connection: Connection) => void,
  options: ListenOptions = {},
): Promise<Result<Listener, SocketProblem>> {
  const problem = pathProblem(path) ?? (await clearStale(path))
  if (problem !== null) return err(problem)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    onConnection(connectionOf(socket))
  })
  server.maxConnections = options.maxConnections ?? 256
  const failure = await started(server, path)
  if (failure !== null) return err(systemProblem(failure))
  chmodSync(path, 0o600)
  return ok({ path, close: () => stop(server, sockets) })
}

/** Reaches whoever serves `path`. */
export async function connect(path: string): Promise<Result<Connection, SocketProblem>> {
  const problem = pathProblem(path)
  if (problem !== null) return err(problem)
  const socket = await dial(path)
  return socket instanceof Error ? err(systemProblem(socket)) : ok(connectionOf(socket))
}

function dial(path: string): Promise<Socket | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('error', resolve)
    socket.once('connect', () => {
      socket.off('error', resolve)
      resolve(socket)
    })
  })
}

function started(server: Server, path: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(path, () => {
      server.off('error', resolve)
      // What can still go wrong is one accept, for example for want of descriptors; the others go on.
      server.on('error', () => {})
      resolve(null)
    })
  })
}

function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroy()
  })
}

/** Checks what must hold on both ends before a path is trusted. */
function pathProblem(path: string): SocketProblem | null {
  const longest = process.platform === 'linux' ? 107 : 103
  if (Buffer.byteLength(path) > longest)
    return { reason: 'path-too-long', message: `a socket's path is at most ${longest} bytes long: ${path}` }
  const folder = dirname(path)
  const status = lstatSync(folder, { throwIfNoEntry: false })
  const isPrivate =
    status !== undefined &&
    status.isDirectory() &&
    status.uid === process.getuid?.() &&
    (status.mode & 0o077) === 0
  if (isPrivate) return null
  return { reason: 'folder-not-private', message: `${folder} must be a folder of yours with mode 0700` }
}

/** Removes a socket that nobody serves any more. */
async function clearStale(path: string): Promise<SocketProblem | null> {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return null
  if (!status.isSocket()) return { reason: 'not-a-socket', message: `${path} exists and is not a socket` }
  const answer = await dial(path)
  if (!(answer instanceof Error)) {
    answer.destroy()
    return { reason: 'in-use', message: `another process serves ${path}` }
  }
  if (answer.code !== 'ECONNREFUSED' && answer.code !== 'ENOENT') return systemProblem(answer)
  if (answer.code === 'ECONNREFUSED') unlinkSync(path)
  return null
}

function systemProblem(error: NodeJS.ErrnoException): SocketProblem {
  if (error.code === 'EADDRINUSE') return { reason: 'in-use', message: error.message }
  const isUnreachable = error.code === 'ECONNREFUSED' || error.code === 'ENOENT'
  return { reason: isUnreachable ? 'unreachable' : 'system', message: error.message }
}
