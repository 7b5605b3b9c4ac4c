/**
 * The gateway's process: user space between the network and the kernel. It holds no authority: each session
 * attaches with the token its client brought, and a hijacked gateway can do what its attached agents can.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { McpEndpoint } from './mcp/http.ts'

const defaultPort = 7411
const sweepMs = 60_000
const { values } = parseArgs({ options: { home: { type: 'string' } } })
const run = join(values.home ?? '', 'run')

const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384 })
server.maxConnections = 512

function serve(port: number): void {
  const endpoint = new McpEndpoint(join(run, 'agent.sock'), port)
  server.on('request', (request, response) => {
    if (new URL(request.url ?? '/', 'http://gateway').pathname !== '/mcp')
      return void response.writeHead(404).end()
    endpoint.handle(request, response).catch((error: unknown) => {
      process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`)
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  setInterval(() => endpoint.sweep(Date.now()), sweepMs)
  writeFileSync(join(run, 'gateway.json'), `${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`, {
    mode: 0o600,
  })
}

/** Listens on the wanted port, or on any free one when that is taken by another home. */
function listen(port: number): void {
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && port !== 0) return listen(0)
    process.stderr.write(`gateway: ${error.message}\n`)
    process.exit(1)
  })
  server.listen(port, '127.0.0.1', () => {
    server.removeAllListeners('error')
    serve((server.address() as AddressInfo).port)
  })
}

function wantedPort(): number {
  const port = Number(process.env['CUSTOS_PORT'] ?? defaultPort)
  return Number.isInteger(port) && port >= 0 && port < 65_536 ? port : defaultPort
}

// The supervisor holds the other end: when it is gone, so is this process.
process.stdin.resume()
process.stdin.once('close', () => process.exit(0))
listen(wantedPort())
