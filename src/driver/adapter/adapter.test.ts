import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../base/json.ts'
import type { Answer } from '../../wire/answer.ts'
import { Peer } from '../../wire/peer.ts'
import { listen } from '../../wire/socket.ts'

const adapterProgram = fileURLToPath(new URL('./main.ts', import.meta.url))
const hostile = fileURLToPath(new URL('../../../test/hostile/drivers/', import.meta.url))

/** An attached adapter, seen from the kernel. */
interface Attached {
  readonly adapter: ChildProcess
  readonly hello: JsonObject
  readonly definitions: readonly { readonly selector: string }[]
  readonly peer: Peer
  readonly dispatch: (
    selector: string,
    args: string,
  ) => { readonly correlation: number; readonly answer: Promise<Answer> }
  readonly stderr: () => string
}

/** Runs the adapter process around a hostile server, with the test as its kernel. */
async function attached(name: string, use: (it: Attached) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-adapter-'))
  const path = join(folder, 'driver.sock')
  const greeted = Promise.withResolvers<{ peer: Peer; hello: JsonObject; body: Uint8Array }>()
  const listener = await listen(path, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 0,
      handler: {
        onHello(hello, body) {
          greeted.resolve({ peer, hello, body: body.slice() })
          peer.welcome({ driver: 1, incarnation: 1 })
        },
      },
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  assert.ok(listener.ok)
  const adapter = spawn(process.execPath, [adapterProgram], { stdio: ['pipe', 'ignore', 'pipe'] })
  let stderr = ''
  adapter.stderr.on('data', (chunk: Uint8Array) => (stderr += Buffer.from(chunk).toString()))
  const args = [`${hostile}${name}.mjs`]
  const program = { protocol: 'mcp-stdio', command: process.execPath, args, cwd: '/', env: {} }
  adapter.stdin.write(`${JSON.stringify({ driverSocket: path, secret: 'shh', program })}\n`)
  try {
    const { peer, hello, body } = await greeted.promise
    const dispatch: Attached['dispatch'] = (selector, text) => {
      const answer = Promise.withResolvers<Answer>()
      const header = { op: 'dispatch', call: 1, selector }
      const correlation = peer.request(header, Buffer.from(text), answer.resolve)
      assert.ok(correlation !== null)
      return { correlation, answer: answer.promise }
    }
    const definitions = JSON.parse(Buffer.from(body).toString()) as Attached['definitions']
    await use({ adapter, hello, definitions, peer, dispatch, stderr: () => stderr })
  } finally {
    const isOver = adapter.exitCode !== null
    adapter.stdin.end()
    if (!isOver) await once(adapter, 'exit')
    await listener.value.close()
    rmSync(folder, { recursive: true })
  }
}

function header(answer: Answer): JsonObject {
  assert.equal(answer.kind, 'reply')
  return answer.kind === 'reply' ? answer.header : {}
}

test('an adapter shows its secret and its definitions, and carries calls', () =>
  attached('echo', async ({ hello, definitions, dispatch }) => {
    assert.equal(hello['secret'], 'shh')
    assert.deepEqual(
      definitions.map(({ selector }) => selector),
      ['tools/echo'],
    )
    const answer = await dispatch('tools/echo', '{ "a":1.0 }').answer
    assert.equal(header(answer)['outcome'], 'done')
    assert.ok(answer.kind === 'reply')
    const result = JSON.parse(Buffer.from(answer.body).toString()) as { content: [{ text: string }] }
    assert.ok(Buffer.from(result.content[0].text, 'base64').includes('{ "a":1.0 }'))
  }))

test('a selector that was not offered is answered without reaching the program', () =>
  attached('echo', async ({ dispatch }) => {
    for (const selector of ['tools/other', 'resources/read', '']) {
      assert.equal(header(await dispatch(selector, '{}').answer)['outcome'], 'failed')
    }
  }))

test('a cancelled call of a deaf program is still answered', () =>
  attached('hang', async ({ peer, dispatch }) => {
    const { correlation, answer } = dispatch('tools/act', '{}')
    setImmediate(() => peer.cancel(correlation))
    const reply = header(await answer)
    assert.equal(reply['outcome'], 'failed')
    assert.match(JSON.stringify(reply), /cancelled/)
  }))

test('when the program dies its calls get no answer and the adapter goes with it', () =>
  attached('crash', async ({ adapter, dispatch, stderr }) => {
    const exited = once(adapter, 'exit')
    assert.equal((await dispatch('tools/act', '{}').answer).kind, 'lost')
    assert.deepEqual(await exited, [1, null])
    assert.match(stderr(), /adapter: the program (exited with 7|closed its output)/)
  }))

test('a program that changes a definition has to attach anew', () =>
  attached('changing', async ({ adapter, dispatch, stderr }) => {
    const exited = once(adapter, 'exit')
    assert.equal(header(await dispatch('tools/act', '{"change":false}').answer)['outcome'], 'done')
    assert.equal(adapter.exitCode, null, 'an announcement without a change is ignored')
    await dispatch('tools/act', '{"change":true}').answer
    assert.deepEqual(await exited, [1, null])
    assert.match(stderr(), /changed its definitions/)
  }))

test('an adapter ends, with its program, when the kernel or the supervisor goes', async () => {
  await attached('hang', async ({ adapter, peer, stderr }) => {
    peer.goodbye('done')
    assert.deepEqual(await once(adapter, 'exit'), [1, null])
    assert.match(stderr(), /the kernel ended the connection/)
  })
  await attached('hang', async ({ adapter, stderr }) => {
    adapter.stdin?.end()
    assert.deepEqual(await once(adapter, 'exit'), [1, null])
    assert.match(stderr(), /the supervisor is gone/)
  })
})

test('an adapter without usable instructions says so', async () => {
  for (const line of [
    '',
    '{}\n',
    '{"driverSocket":"x","secret":"y","program":{"protocol":"mcp-stdio"}}\n',
    'x\n',
  ]) {
    const adapter = spawn(process.execPath, [adapterProgram], { stdio: ['pipe', 'ignore', 'ignore'] })
    adapter.stdin.end(line)
    assert.deepEqual(await once(adapter, 'exit'), [2, null])
  }
})
