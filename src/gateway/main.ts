/**
 * The gateway's process: user space between the network and the kernel. It holds no authority: it attaches with
 * the tokens its clients bring, and a hijacked gateway can do what its attached agents can.
 */
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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
const { values } = parseArgs({ options: { home: { type: 'string' } } })
const run = join(values.home ?? '', 'run')

const server = createServer({
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
})
server.maxConnections = 1_024
server.maxRequestsPerSocket = 10_000

function serve({ host, publicUrl }: ListenAddress, port: number): void {
  const guard = new HostGuard(port, host, publicUrl)
  const room = {
    rounds: new OpenRounds(),
    states: new RequestStates(randomBytes(32)),
    tasks: new TaskTable(),
  }
  const door = new FrontDoor(join(run, 'agent.sock'), guard, new SessionSeal(sessionKey(run)), room)
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
  writeFileSync(join(run, 'gateway.json'), `${JSON.stringify({ url })}\n`, { mode: 0o600 })
}

/** Listens on the wanted port; on loopback on any free one when that is taken by another home. */
function listen(address: ListenAddress, port: number): void {
  const { host, publicUrl } = address
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && port !== 0 && publicUrl === null) return listen(address, 0)
    fail(error.message)
  })
  server.listen(port, host, () => {
    server.removeAllListeners('error')
    serve(address, (server.address() as AddressInfo).port)
  })
}

function fail(why: string): void {
  process.stderr.write(`gateway: ${why}\n`)
  process.exit(1)
}

// The supervisor holds the other end: when it is gone, so is this process.
process.stdin.resume()
process.stdin.once('close', () => process.exit(0))
const address = listenAddress(process.env)
if (address.ok) listen(address.value, address.value.port)
else fail(address.error)
