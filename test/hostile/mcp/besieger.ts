/**
 * The campaign's other client, in a thread of its own, so that what it has to read does not slow down who is
 * measured: it calls one tool again and again, at a steady pace, until it is ended. What it is answered is its own.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

/** What the thread is given. */
export interface Siege {
  readonly url: string
  readonly token: string
  readonly tool: string
  readonly paceMs: number
}

const { url, token, tool, paceMs } = workerData as Siege
const client = new Client({ name: 'besieger', version: '1' })
const requestInit = { headers: { Authorization: `Bearer ${token}` } }
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
for (;;) {
  const calling = client.callTool({ name: tool, arguments: { text: 'x' } }, { timeout: 1000 }).catch(() => {})
  await Promise.all([calling, pause(paceMs)])
}
