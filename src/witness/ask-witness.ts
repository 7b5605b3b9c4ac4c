/** One question to a witness over HTTP, HTTPS or a unix socket, bounded in time and in what is read. */
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as askHttp } from 'node:http'
import { request as askHttps } from 'node:https'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

const limits = { ms: 10_000, bytes: 65_536 } as const

/** Asks the witness at `url`. With a body it is a POST. Rejects when nothing whole comes back in ten seconds. */
export function askWitness(url: string, path: string, body: string | null): Promise<Reply> {
  const bytes = body === null ? null : Buffer.from(body)
  const options: RequestOptions = {
    method: bytes === null ? 'GET' : 'POST',
    headers:
      bytes === null ? {} : { 'content-type': 'text/plain; charset=utf-8', 'content-length': bytes.length },
    signal: AbortSignal.timeout(limits.ms),
  }
  return new Promise((resolve, reject) => {
    const heard = (response: IncomingMessage): void => void read(response).then(resolve, reject)
    const request = url.startsWith('unix:')
      ? askHttp(
          { ...options, socketPath: url.slice('unix:'.length), path: `/${path}`, host: 'localhost' },
          heard,
        )
      : (url.startsWith('https:') ? askHttps : askHttp)(`${url}/${path}`, options, heard)
    request.once('error', reject)
    request.end(bytes ?? undefined)
  })
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limits.bytes) throw new Error(`the witness said more than ${limits.bytes} bytes`)
    chunks.push(chunk)
  }
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).toString('utf8'),
  }
}
