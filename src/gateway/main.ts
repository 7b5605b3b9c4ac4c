/**
 * The gateway's process: user space between the network and the kernel. It holds no authority: it attaches with
 * the tokens its clients bring, and a hijacked gateway can do what its attached agents can.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { flushCompileCache } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { socketFolder } from '../wire/socket-folder.ts'
import { witnessHome } from '../witness/home-witnessing.ts'
import { FrontDoor } from './http/front-door.ts'
import { HostGuard } from './http/host-guard.ts'
import type { ListenAddress } from './http/listen-address.ts'
import { listenAddress } from './http/listen-address.ts'
import { SessionSeal } from './http/sealed-session.ts'
import { sessionKey } from './http/session-key.ts'
import { OpenRounds } from './mcp/open-rounds.ts'
import { RequestStates } from './mcp/request-state.ts'
import { TaskTable } from './mcp/task-table.ts'

const sweepMs = 60_000
// Who is killed writes nothing at its end, so what was compiled is kept as soon as everything is loaded.
setTimeout(() => flushCompileCache(), 2_000).unref()
const { values } = parseArgs({ options: { home: { type: 'string' } } })
const { home = '' } = values
const run = join(home, 'run')
const place = join(run, 'gateway.json')

const server = createServer({
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
})
server.maxConnections = 1_024
server.maxRequestsPerSocket = 10_000

function serve({ host, port: wanted, publicUrl }: ListenAddress, port: number): void {
  const guard = new HostGuard(port, host, publicUrl)
  const room = {
    rounds: new OpenRounds(),
    states: new RequestStates(randomBytes(32)),
    tasks: new TaskTable(),
  }
  const socketOf = (domain: string): string => join(socketFolder(home, domain), 'agent.sock')
  const door = new FrontDoor(socketOf, guard, new SessionSeal(sessionKey(run)), room)
  server.on('request', (request, response) => {
    door.handle(request, response).catch((error: unknown) => {
      process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  setInterval(() => door.sweep(Date.now()), sweepMs)
  const shown = host.includes(':') ? `[${host}]` : host
  const url = publicUrl === null ? `http://${shown}:${port}/mcp` : `${publicUrl}/mcp`
  // Whoever reads it must never find half of it.
  writeFileSync(`${place}.new`, `${JSON.stringify({ url, wanted, port })}\n`, { mode: 0o600 })
  renameSync(`${place}.new`, place)
}

/**
 * Listens on the first of these ports that is free. On loopback a port that is taken, by another home perhaps,
 * is no reason not to serve; any other one will do.
 */
function listen(address: ListenAddress, [port = 0, ...others]: readonly number[]): void {
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && others.length > 0) return listen(address, others)
    fail(error.message)
  })
  server.listen(port, address.host, () => {
    server.removeAllListeners('error')
    serve(address, (server.address() as AddressInfo).port)
  })
}

/** The port of the gateway before this one, where the same was wanted then: its clients look for it there. */
function formerPort(wanted: number): readonly number[] {
  try {
    const former = JSON.parse(readFileSync(place, 'utf8')) as {
      readonly wanted?: number
      readonly port?: number
    }
    const { port = 0 } = former
    return former.wanted === wanted && Number.isInteger(port) && port > 0 && port < 65_536 ? [port] : []
  } catch {
    return []
  }
}

function fail(why: string): void {
  process.stderr.write(`gateway: ${why}\n`)
  process.exit(1)
}

// The supervisor holds the other end: when it is gone, so is this process.
process.stdin.resume()
process.stdin.once('close', () => process.exit(0))
const address = listenAddress(process.env)
if (address.ok) {
  const { port, publicUrl } = address.value
  listen(address.value, publicUrl === null ? [...formerPort(port), port, 0] : [port])
  witnessHome(home, new AbortController().signal, (line) => process.stderr.write(`gateway: ${line}\n`))
} else fail(address.error)
