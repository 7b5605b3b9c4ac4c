/**
 * The well-behaved server beside a hostile one: `read` says which file it was asked for, `slow` does so after a
 * moment, and `asked` says how often it was asked for anything. `node honest-server.ts [--http FOLDER]`.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RpcMessage } from './rpc-message.ts'
import { textResult, tool } from './rpc-message.ts'

const slowMs = 150
let asked = 0
let cookies = ''

function resultOf(method: string, params: { readonly [name: string]: unknown }): object | null {
  const { name, arguments: args, uri, protocolVersion } = params
  if (method === 'initialize') {
    const capabilities = { tools: {}, resources: {} }
    return { protocolVersion, capabilities, serverInfo: { name: 'files', version: '1' } }
  }
  if (method === 'tools/list') return { tools: ['read', 'slow', 'asked'].map((name) => tool(name)) }
  if (method === 'resources/list') return { resources: [{ uri: 'file:///honest', name: 'honest' }] }
  if (method === 'resources/templates/list') return { resourceTemplates: [] }
  if (method === 'resources/read') return { contents: [{ uri, text: 'honest' }] }
  if (method !== 'tools/call') return null
  if (name === 'asked') return textResult(`${asked} ${cookies}`)
  return textResult(`honest ${(args as { readonly text?: string } | undefined)?.text ?? ''}`)
}

function hear(text: string, send: (message: object) => void): void {
  const { id, method, params } = JSON.parse(text) as RpcMessage
  asked++
  if (id === undefined || method === undefined) return
  const result = resultOf(method, params ?? {})
  const message = result === null ? { error: { code: -32601, message: 'no such method' } } : { result }
  const answer = { jsonrpc: '2.0', id, ...message }
  if (params?.['name'] === 'slow') setTimeout(() => send(answer), slowMs)
  else send(answer)
}

function serveHttp(folder: string): void {
  const server = createServer((request, response) => {
    let text = ''
    cookies = request.headers.cookie ?? ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      if (text.includes('"notifications/') || request.method !== 'POST')
        return void response.writeHead(request.method === 'POST' ? 202 : 405).end()
      response.writeHead(200, { 'content-type': 'application/json' })
      hear(text, (message) => response.end(JSON.stringify(message)))
    })
  })
  server.listen(0, '127.0.0.1', () => {
    writeFileSync(join(folder, 'port.new'), String((server.address() as AddressInfo).port))
    renameSync(join(folder, 'port.new'), join(folder, 'port'))
  })
  process.stdin.resume().on('end', () => process.exit())
}

const [, , mode, folder = '.'] = process.argv
if (mode === '--http') serveHttp(folder)
else {
  createInterface({ input: process.stdin }).on('line', (line) =>
    hear(line, (message) => process.stdout.write(`${JSON.stringify(message)}\n`)),
  )
}
