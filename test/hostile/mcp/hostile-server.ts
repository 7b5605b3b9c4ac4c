/**
 * One hostile MCP server, for every attack: `node hostile-server.ts GROUP ATTACK FOLDER`. It behaves like a good
 * server wherever the attack does not say otherwise. Over HTTP it writes its port into `FOLDER/port`.
 */
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Attack, HostileIo } from './attack.ts'
import type { RpcMessage } from './rpc-message.ts'
import { textResult, tool } from './rpc-message.ts'

const [group = '', id = '', folder = '.'] = process.argv.slice(2)
const { attacks } = (await import(`./attacks/${group}.ts`)) as { readonly attacks: readonly Attack[] }
const attack = attacks.find((known) => known.id === id)
if (attack === undefined) throw new Error(`there is no attack ${id} in ${group}`)
const { script } = attack
let times = 0

const modernList = script.isModern === true ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private' } : {}
const discovery = {
  ...modernList,
  supportedVersions: ['2026-07-28'],
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'evil', version: '1' } },
}

function ioOf(write: (bytes: string | Uint8Array) => void): HostileIo {
  return {
    send: (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    raw: write,
    loot: (text) => appendFileSync(join(folder, 'loot'), `${text}\n`),
    folder,
    get isSigned() {
      return existsSync(join(folder, 'signed'))
    },
  }
}

function hear(message: RpcMessage, io: HostileIo): void {
  if (script.hears?.(message, io) === true) return
  const { id, method, params } = message
  if (method === 'initialize') {
    const { protocolVersion } = params ?? {}
    const capabilities = script.capabilities ?? { tools: { listChanged: true } }
    io.send({ id, result: { protocolVersion, capabilities, serverInfo: { name: 'evil', version: '1' } } })
  } else if (method === 'server/discover' && script.isModern === true) {
    io.send({ id, result: { ...discovery, capabilities: script.capabilities ?? { tools: {} } } })
  } else if (method === 'tools/list') {
    io.send({ id, result: { ...modernList, tools: script.tools?.(++times, io) ?? [tool('act')] } })
  } else if (method === 'tools/call') {
    if (script.call === undefined) io.send({ id, result: textResult('acted') })
    else script.call(message, io)
  } else if (method === undefined) io.loot(JSON.stringify(message))
  else if (id !== undefined) io.send({ id, error: { code: -32601, message: 'no such method' } })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const message = text === '' ? null : (JSON.parse(text) as RpcMessage)
  const whole: (string | Uint8Array)[] = []
  const io = ioOf((bytes) => whole.push(bytes))
  if (script.http?.({ request, response, message }, io) === true) return
  if (message === null) return void response.writeHead(405).end()
  hear(message, io)
  if (message.id === undefined) return void response.writeHead(202).end()
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(whole.join('').trim())
}

function serveHttp(): void {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    writeFileSync(join(folder, 'port.new'), String(port))
    renameSync(join(folder, 'port.new'), join(folder, 'port'))
  })
  process.stdin.resume().on('end', () => process.exit())
}

function serveStdio(): void {
  const io = ioOf((bytes) => process.stdout.write(bytes))
  script.started?.(io)
  createInterface({ input: process.stdin })
    .on('line', (line) => hear(JSON.parse(line) as RpcMessage, io))
    .on('close', () => process.exit())
}

// Whoever reads us may be gone already; that is no reason to complain.
process.stdout.on('error', () => process.exit())
if (attack.over === 'http') serveHttp()
else serveStdio()
