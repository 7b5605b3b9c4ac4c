/** A witness over HTTP, as C2SP tlog-witness has it, with a limit on everything that a stranger can send. */
import { chmodSync, rmSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addCheckpointLimits } from './add-checkpoint.ts'
import type { Answer, Witness } from './witness.ts'
import type { WitnessAddress } from './witness-address.ts'

/** A server that listens. */
export interface ServedWitness {
  /** What to configure at the log. */
  readonly url: string
  close(): Promise<void>
}

const checkpointPath = '/checkpoint/'

/** Serves `witness` there. Rejects when that address cannot be listened on. */
export async function serveWitness(
  witness: Witness,
  address: WitnessAddress,
  remark: (line: string) => void,
): Promise<ServedWitness> {
  const server = createServer({
    requestTimeout: 10_000,
    headersTimeout: 5_000,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 8_192,
    connectionsCheckingInterval: 1_000,
  })
  server.maxConnections = 256
  server.on('request', (request, response) => {
    answer(witness, request)
      .catch((problem: unknown): Answer => {
        remark(`a request was not answered: ${problem instanceof Error ? problem.message : String(problem)}`)
        return { status: 500, type: 'text/plain; charset=utf-8', body: 'nothing was cosigned\n' }
      })
      .then((said) => send(response, said))
      .catch(() => response.destroy())
  })
  await listen(server, address)
  return {
    url: urlOf(server, address),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(witness: Witness, request: IncomingMessage): Promise<Answer> {
  const { method, url = '' } = request
  if (method === 'GET' && url.startsWith(checkpointPath))
    return witness.newest(url.slice(checkpointPath.length))
  if (url !== '/add-checkpoint') return refused(404, 'there is add-checkpoint, and checkpoint/ORIGIN')
  if (method !== 'POST') return refused(405, 'add-checkpoint is a POST')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > addCheckpointLimits.bytes) return refused(413, `at most ${addCheckpointLimits.bytes} bytes`)
    chunks.push(chunk)
  }
  return witness.add(Buffer.concat(chunks).toString('utf8'))
}

function refused(status: number, why: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${why}\n` }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}

function listen(server: Server, address: WitnessAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    if (address.kind === 'tcp') return void server.listen(address.port, address.host, () => resolve())
    rmSync(address.path, { force: true })
    server.listen(address.path, () => {
      chmodSync(address.path, 0o600)
      resolve()
    })
  })
}

function urlOf(server: Server, address: WitnessAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const { port } = server.address() as AddressInfo
  return `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`
}
