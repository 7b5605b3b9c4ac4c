import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../../../test/harness/world.ts'
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
    notes?: JsonObject,
  ) => { readonly correlation: number; readonly answer: Promise<Answer> }
  readonly stderr: () => string
  /** What the adapter told, with the correlation it concerns. */
  readonly notices: readonly (readonly [correlation: number, header: JsonObject])[]
  /** What the adapter asked: header and body. */
  readonly asked: readonly (readonly [header: JsonObject, body: string])[]
}

/** Answers what the adapter asks, or refuses it. */
type Answerer = (peer: Peer, correlation: number, header: JsonObject) => void

/** Runs the adapter process around a hostile server, with the test as its kernel. */
function attached(name: string, use: (it: Attached) => Promise<void>): Promise<void> {
  return attachedTo([`${hostile}${name}.mjs`], use)
}

function attachedTo(
  args: readonly string[],
  use: (it: Attached) => Promise<void>,
  options: { readonly client?: readonly string[]; readonly answer?: Answerer } = {},
): Promise<void> {
  return attachedProgram(
    { protocol: 'mcp-stdio', command: process.execPath, args, cwd: '/', env: {} },
    use,
    options,
  )
}

async function attachedProgram(
  base: JsonObject,
  use: (it: Attached) => Promise<void>,
  { client, answer }: { readonly client?: readonly string[]; readonly answer?: Answerer } = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-adapter-'))
  const path = join(folder, 'driver.sock')
  const greeted = Promise.withResolvers<{ peer: Peer; hello: JsonObject; body: Uint8Array }>()
  const notices: [number, JsonObject][] = []
  const asked: [JsonObject, string][] = []
  const listener = await listen(path, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 64,
      handler: {
        onNotice: (correlation, header) => void notices.push([correlation, { ...header }]),
        onRequest(correlation, header, body) {
          asked.push([{ ...header }, Buffer.from(body).toString()])
          answer?.(peer, correlation, header)
        },
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
  const program = client === undefined ? base : { ...base, client }
  const rung = process.env['CUSTOS_RUNG'] ?? 'bubblewrap'
  const task = { driverSocket: path, secret: 'shh', program, home: folder, rung }
  adapter.stdin.write(`${JSON.stringify(task)}\n`)
  void once(adapter, 'exit').then(() => greeted.reject(new Error(`it ended ungreeted: ${stderr}`)))
  try {
    const { peer, hello, body } = await greeted.promise
    const dispatch: Attached['dispatch'] = (selector, text, notes = {}) => {
      const answer = Promise.withResolvers<Answer>()
      const header = { op: 'dispatch', call: 1, selector, ...notes }
      const correlation = peer.request(header, Buffer.from(text), answer.resolve)
      assert.ok(correlation !== null)
      return { correlation, answer: answer.promise }
    }
    const definitions = JSON.parse(Buffer.from(body).toString()) as Attached['definitions']
    await use({ adapter, hello, definitions, peer, dispatch, stderr: () => stderr, notices, asked })
  } finally {
    const isOver = adapter.exitCode !== null
    adapter.stdin.end()
    if (!isOver) await once(adapter, 'exit')
    await listener.value.close()
    rmSync(folder, { recursive: true })
  }
}

/** Waits for what an adapter that ended had to say, which may be read after its end is known. */
async function said(stderr: () => string, what: RegExp): Promise<void> {
  await until(() => what.test(stderr()) || null, String(what))
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
    await said(stderr, /adapter: the program (exited with 7|closed its output)/)
  }))

test('a program that changes a definition has to attach anew', () =>
  attached('changing', async ({ adapter, dispatch, stderr }) => {
    const exited = once(adapter, 'exit')
    assert.equal(header(await dispatch('tools/act', '{"change":false}').answer)['outcome'], 'done')
    assert.equal(adapter.exitCode, null, 'an announcement without a change is ignored')
    await dispatch('tools/act', '{"change":true}').answer
    assert.deepEqual(await exited, [1, null])
    await said(stderr, /changed its definitions/)
  }))

const everything = fileURLToPath(new URL('../../../test/harness/every-feature-server.mjs', import.meta.url))
const declared = ['client/roots', 'client/sampling', 'client/elicitation']

for (const era of ['legacy', 'modern']) {
  const serving = (use: (it: Attached) => Promise<void>, answer?: Answerer): Promise<void> =>
    attachedTo([everything, 'stdio', era], use, answer === undefined ? {} : { client: declared, answer })
  const elicit = era === 'legacy' ? 'tools/test_elicitation' : 'tools/test_input_required_result_elicitation'
  const notes = { answers: ['client/elicitation'] }

  test(`what a ${era} server asks is put to the kernel as part of its call`, () =>
    serving(
      async ({ dispatch, asked }) => {
        const answer = await dispatch(elicit, '{"message":"m"}', notes).answer
        assert.ok(answer.kind === 'reply')
        assert.match(Buffer.from(answer.body).toString(), /Ada/)
        assert.deepEqual(asked[0]?.[0], {
          op: 'ask',
          selector: 'client/elicitation',
          call: 1,
          ...(era === 'modern' ? { key: 'user_name' } : {}),
        })
        assert.match(asked[0]?.[1] ?? '', /requestedSchema/)
      },
      (peer, correlation) => {
        const body = '{"action":"accept","content":{"name":"Ada","response":"Ada"}}'
        peer.reply(correlation, {}, Buffer.from(body))
      },
    ))

  test(`what the kernel refuses a ${era} server hears in its words`, () =>
    serving(
      async ({ dispatch }) => {
        const answer = await dispatch(elicit, '{"message":"m"}', notes).answer
        assert.ok(answer.kind === 'reply')
        assert.match(
          `${JSON.stringify(answer.header)}${Buffer.from(answer.body).toString()}`,
          /Not held\. Needed: A capability\./,
        )
      },
      (peer, correlation) => {
        peer.refuse(correlation, {
          code: 'no-capability',
          message: 'Not held.',
          needed: 'A capability.',
          seq: 7,
        })
      },
    ))

  test(`progress, log messages and errors of a ${era} server arrive with their call`, () =>
    serving(async ({ dispatch, notices }) => {
      const progress = dispatch('tools/test_tool_with_progress', '{}', { progress: true })
      await progress.answer
      assert.deepEqual(
        notices.map(([correlation, header]) => [correlation, header['event'], header['progress']]),
        [0, 50, 100].map((far) => [progress.correlation, 'progress', far]),
      )
      const logging = dispatch('tools/test_tool_with_logging', '{}', { log: 'info' })
      await logging.answer
      assert.deepEqual(
        notices.slice(3),
        Array.from({ length: 3 }, () => [logging.correlation, { event: 'log', level: 'info' }]),
      )
      const missing = await dispatch('resources/read', '{"uri":"test://nothing"}').answer
      assert.equal(header(missing)['form'], 'error')
      assert.ok(missing.kind === 'reply')
      assert.match(Buffer.from(missing.body).toString(), /^\{"code":-32\d{3},"message":/)
    }))

  test(`the kernel can list the resources of a ${era} server, and hears of changes`, () =>
    serving(async ({ peer, dispatch, notices }) => {
      const listed = Promise.withResolvers<Answer>()
      peer.request({ op: 'list', what: 'resources' }, Buffer.alloc(0), listed.resolve)
      const page = await listed.promise
      assert.equal(header(page)['next'], null)
      assert.ok(page.kind === 'reply')
      const resources = JSON.parse(Buffer.from(page.body).toString()) as { uri: string }[]
      assert.deepEqual(resources.map(({ uri }) => uri).sort(), [
        'test://static-binary',
        'test://static-text',
        'test://watched-resource',
      ])
      const subscribed = await dispatch('resources/subscribe', '{"uri":"test://watched-resource"}').answer
      assert.equal(header(subscribed)['outcome'], 'done')
      await dispatch('tools/tell', '{"of":"test://watched-resource"}').answer
      await until(() => notices.length > 0 || null, 'the notice')
      assert.deepEqual(notices[0], [0, { event: 'resource-updated', uri: 'test://watched-resource' }])
      const refused = Promise.withResolvers<Answer>()
      peer.request({ op: 'list', what: 'secrets' }, Buffer.alloc(0), refused.resolve)
      assert.equal((await refused.promise).kind, 'refusal')
    }))
}

test('a server that asks for its roots once, before the kernel is there, gets them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-adapter-'))
  const other = mkdtempSync(join(tmpdir(), 'custos-adapter-'))
  try {
    writeFileSync(join(folder, 'a.txt'), 'granted')
    const filesystem = fileURLToPath(
      new URL('../../../node_modules/.bin/mcp-server-filesystem', import.meta.url),
    )
    const read = JSON.stringify({ path: join(folder, 'a.txt') })
    const boundary = { readable: [folder, other], writable: [] }
    const program = { protocol: 'mcp-stdio', command: process.execPath, cwd: '/', env: {}, boundary }
    await attachedProgram(
      { ...program, args: [filesystem, other] },
      async ({ dispatch, asked }) => {
        await until(() => asked.length > 0 || null, 'the question')
        assert.deepEqual(asked, [[{ op: 'ask', selector: 'client/roots' }, '{}']])
        await until(async () => {
          const { outcome } = header(await dispatch('tools/read_text_file', read).answer)
          return outcome === 'done' || null
        }, 'the folder to be known')
      },
      {
        client: ['client/roots'],
        answer: (peer, correlation) => {
          peer.reply(
            correlation,
            { seq: 1 },
            Buffer.from(JSON.stringify({ roots: [{ uri: `file://${folder}` }] })),
          )
        },
      },
    )
  } finally {
    rmSync(folder, { recursive: true })
    rmSync(other, { recursive: true })
  }
})

test('a server that is reached over HTTP is served like a program', async () => {
  const server = spawn(process.execPath, [everything, 'http', 'dual'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const { url } = JSON.parse(line.toString()) as { url: string }
    await attachedProgram(
      { protocol: 'mcp-http', url, credential: '' },
      async ({ definitions, dispatch, adapter, stderr }) => {
        assert.ok(definitions.some(({ selector }) => selector === 'tools/test_simple_text'))
        const answer = await dispatch('tools/test_x_mcp_header', '{"region":"north"}').answer
        assert.ok(answer.kind === 'reply')
        assert.match(Buffer.from(answer.body).toString(), /region=north/)
        adapter.stdin?.end()
        assert.deepEqual(await once(adapter, 'exit'), [1, null])
        await said(stderr, /the supervisor is gone/)
      },
    )
  } finally {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
})

test('a program whose code is not what was accepted is never started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-adapter-'))
  try {
    const traces = join(folder, 'traces')
    const script = join(folder, 'server.sh')
    writeFileSync(script, `touch ${traces}\n`)
    const program = {
      protocol: 'mcp-stdio',
      command: '/bin/sh',
      args: [script],
      cwd: '/',
      env: {},
      code: [{ path: script, digest: '0'.repeat(64), origin: '' }],
    }
    const adapter = spawn(process.execPath, [adapterProgram], { stdio: ['pipe', 'ignore', 'pipe'] })
    let stderr = ''
    adapter.stderr.on('data', (chunk: Uint8Array) => (stderr += Buffer.from(chunk).toString()))
    adapter.stdin.write(`${JSON.stringify({ driverSocket: join(folder, 's'), secret: 'x', program })}\n`)
    assert.deepEqual(await once(adapter, 'close'), [1, null])
    assert.ok(stderr.includes(script), stderr)
    assert.equal(existsSync(traces), false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an adapter ends, with its program, when the kernel or the supervisor goes', async () => {
  await attached('hang', async ({ adapter, peer, stderr }) => {
    peer.goodbye('done')
    assert.deepEqual(await once(adapter, 'exit'), [1, null])
    await said(stderr, /the kernel ended the connection/)
  })
  await attached('hang', async ({ adapter, stderr }) => {
    adapter.stdin?.end()
    assert.deepEqual(await once(adapter, 'exit'), [1, null])
    await said(stderr, /the supervisor is gone/)
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
