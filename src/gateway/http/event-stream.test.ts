import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { serveHttp } from '../../../test/harness/http-server.ts'
import type { EventStream } from './event-stream.ts'
import type { StoreLimits } from './stream-store.ts'
import { StreamStore } from './stream-store.ts'

const owner = { session: 's', agent: 'a' }

/** A client's connection, and everything it was sent. */
interface Connection {
  readonly text: () => string
  readonly over: Promise<unknown>
  /** Resolves when this was sent. */
  has(part: string): Promise<void>
  leave(): void
}

interface Scene {
  readonly stream: EventStream
  readonly connect: (after: number) => Promise<Connection>
}

async function scene(t: TestContext, limits: Partial<StoreLimits> = {}): Promise<Scene> {
  const stream = new StreamStore({ graceMs: 600_000, ...limits }).open(owner, 'answer')
  const answering: ServerResponse[] = []
  const server = await serveHttp(({ headers }, response) => {
    answering.push(response)
    stream.connect(response, Number(headers['after']))
  })
  t.after(() => server.close())
  const connect = async (after: number): Promise<Connection> => {
    const sent = get(server.url, { headers: { after: String(after) } })
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return connection(response)
  }
  return { stream, connect }
}

function connection(response: IncomingMessage): Connection {
  let text = ''
  response.setEncoding('utf8').on('data', (some: string) => (text += some))
  const over = new Promise((resolve) => response.once('close', resolve))
  response.on('error', () => {})
  return {
    text: () => text,
    over,
    async has(part) {
      while (!text.includes(part)) await once(response, 'data')
    },
    leave: () => void response.destroy(),
  }
}

test('a stream begins with an event that says where to come back and when', async (t) => {
  const { stream, connect } = await scene(t)
  const client = await connect(0)
  stream.send('{"n":1}')
  stream.end()
  await client.over
  const { id } = stream
  assert.equal(client.text(), `retry: 1000\nid: ${id}.0\ndata: \n\nid: ${id}.1\ndata: {"n":1}\n\n`)
  assert.equal(stream.gone.aborted, false)
})

test('whoever comes back is sent what came since, once and in order, and then what comes', async (t) => {
  const { stream, connect } = await scene(t)
  const first = await connect(0)
  stream.send('"one"')
  await first.has('"one"')
  first.leave()
  stream.send('"two"')
  const second = await connect(1)
  stream.send('"three"')
  stream.end()
  await second.over
  assert.deepEqual(
    [...second.text().matchAll(/data: (".*)/gu)].map((match) => match[1]),
    ['"two"', '"three"'],
  )
})

test('a stream that ended while nobody was there is delivered, as often as it is asked for', async (t) => {
  const { stream, connect } = await scene(t)
  stream.send('"one"')
  stream.end()
  for (const after of [0, 0, 1]) {
    const client = await connect(after)
    await client.over
    assert.equal(client.text().includes('"one"'), after === 0)
  }
})

test('a newer connection takes over from an older one', async (t) => {
  const { stream, connect } = await scene(t, { graceMs: 0 })
  const older = await connect(0)
  const newer = await connect(0)
  await older.over
  stream.send('"one"')
  await newer.has('"one"')
  assert.doesNotMatch(older.text(), /"one"/u)
  assert.equal(stream.gone.aborted, false)
})

test('a pause ends the connection and not the stream', async (t) => {
  const { stream, connect } = await scene(t)
  const first = await connect(0)
  stream.pause()
  await first.over
  stream.pause()
  stream.send('"one"')
  await (await connect(0)).has('"one"')
  assert.equal(stream.isEnded, false)
})

test('a client that does not come back is taken to be gone', async (t) => {
  const { stream, connect } = await scene(t, { graceMs: 1 })
  const client = await connect(0)
  const gone = once(stream.gone, 'abort')
  client.leave()
  await gone
})

test('of a long stream the last events are kept, and the very last whatever its size', async (t) => {
  const { stream, connect } = await scene(t, { events: 2, bytes: 1000 })
  for (const name of ['"a"', '"b"', '"c"']) stream.send(name)
  const first = await connect(0)
  await first.has('"c"')
  assert.deepEqual(
    [...first.text().matchAll(/"(.)"/gu)].map((match) => match[1]),
    ['b', 'c'],
  )
  stream.send(`"${'d'.repeat(2000)}"`)
  await first.has('ddd"')
  const second = await connect(1)
  await second.has('ddd"')
  assert.doesNotMatch(second.text(), /"[abc]"/u)
})
