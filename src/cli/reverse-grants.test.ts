/** What drivers may ask of their clients: granted, shown and answered at the command line. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { CommandLineHome } from '../../test/harness/command-line-home.ts'
import { atCommandLine } from '../../test/harness/command-line-home.ts'
import { until } from '../../test/harness/world.ts'
import type { JsonObject } from '../base/json.ts'

/** Asks its client for what the arguments say, and answers with what it got. */
const askingServer = `
import { createInterface } from 'node:readline'
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
const waiting = new Map()
let asked = 0
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result, error } = JSON.parse(line)
  if (method === undefined) {
    waiting.get(id)?.(JSON.stringify(result ?? error))
  } else if (method === 'initialize') {
    const serverInfo = { name: 'asking', version: '1' }
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') {
    send({ id, result: { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] } })
  } else if (method === 'tools/call') {
    const question = 'q' + (asked += 1)
    waiting.set(question, (text) => send({ id, result: { content: [{ type: 'text', text }] } }))
    send({ id: question, method: params.arguments.method, params: params.arguments.params })
  } else if (id !== undefined) send({ id, error: { code: -32601, message: 'no such method' } })
})
`

const question = {
  message: 'Your password\u202e, please',
  requestedSchema: {
    type: 'object',
    properties: { password: { type: 'string', minLength: 3 }, keep: { type: 'boolean' } },
    required: ['password'],
  },
}

async function withAsking(
  client: readonly string[],
  body: (
    home: CommandLineHome,
    ask: (method: string, params?: JsonObject) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  await atCommandLine(async (home) => {
    const file = home.write('asking.mjs', askingServer)
    const declared = client.length === 0 ? [] : ['--client', client.join(',')]
    await home.must('driver', 'add', 'asker', ...declared, '--', process.execPath, file)
    const agent = await home.agent('scout')
    try {
      await home.must('grant', 'scout', 'asker', 'ask', '--open')
      await body(home, async (method, params = {}) => {
        const values = { method, params }
        const answer = await agent.call({ object: 'asker', selector: 'tools/ask', arguments: values })
        return JSON.stringify(answer.ok ? answer.result : answer.refusal)
      })
    } finally {
      agent.close()
    }
  })
}

test('a driver is granted only what its manifest declares', async () => {
  await withAsking([], async (home) => {
    const refused = await home.run('grant', 'asker', 'client/sampling', '--open')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /custos driver accept asker --client sampling/u)
    const unknown = await home.run('grant', 'asker', 'client/roots', 'tools/ask')
    assert.equal(unknown.status, 2)
  })
})

test('roots are answered from the driver’s own grant, and shown as held by the driver', async () => {
  await withAsking(['roots'], async (home, ask) => {
    assert.match(await ask('roots/list'), /error|code|not/u)
    const folder = join(home.work, 'one folder')
    mkdirSync(folder)
    assert.equal((await home.run('grant', 'asker', 'client/roots')).status, 2, 'roots need folders')
    assert.equal((await home.run('grant', 'asker', 'client/roots', '--root', '/')).status, 2)
    const granted = await home.must('grant', 'asker', 'client/roots', '--root', folder)
    assert.match(granted.stdout, /to driver asker/u)
    assert.ok((await ask('roots/list')).includes(pathToFileURL(folder).href))
    assert.match((await home.must('caps', 'asker')).stdout, /driver asker → its clients/u)
    const tail = await home.must('ledger', 'tail')
    assert.match(tail.stdout, /driver asker asks its client for client\/roots \(observe\) is admitted/u)
  })
})

test('a question about authority is shown in full, answered by the operator, and explained', async () => {
  await withAsking(['elicitation'], async (home, ask) => {
    await home.must('grant', 'asker', 'client/elicitation', '--open')
    const answer = ask('elicitation/create', question)
    const shown = await until(async () => {
      const { stdout } = await home.must('approvals')
      return stdout.includes('client/elicitation') ? stdout : null
    }, 'the question to be held')
    assert.match(shown, /requester {2}driver asker/u)
    assert.match(shown, /asks {7}Your password\\u\{202e\}, please/u)
    assert.match(shown, /field {6}password \(required\) string 3\.\./u)
    const call = /call (\d+) waits/u.exec(shown)?.[1] ?? ''
    for (const [words, message] of [
      [[], /needs an answer/u],
      [['--answer', '{"keep":true}'], /"password" is required/u],
      [['--answer', '{"password":"ab"}'], /at least 3/u],
      [['--answer', '{"password":"abc","more":1}'], /no field "more"/u],
    ] as const) {
      const unfit = await home.run('approve', call, ...words)
      assert.equal(unfit.status, 2)
      assert.match(unfit.stderr, message)
    }
    const approved = await home.must('approve', call, '--answer', '{ "password": "open sesame" }')
    assert.match(approved.stdout, /Approved/u)
    assert.match(await answer, /accept.*open sesame/u)
    const seq = /#(\d+)/u.exec(approved.stdout)?.[1] ?? ''
    const why = await home.must('why', seq)
    assert.match(why.stdout, /approved by operator \w+ and answered/u)
    assert.match((await home.must('ledger', 'show', seq)).stdout, /open sesame/u)
    assert.match(why.stdout, /every signature cited here verifies/u)
  })
})

test('an answer has no meaning for a call that asks nothing', async () => {
  await withAsking([], async (home, ask) => {
    await home.must('revoke', 'c1')
    await home.must('grant', 'scout', 'asker', 'ask', '--open', '--ask')
    const over = ask('ping')
    const call = await until(async () => {
      const { stdout } = await home.must('approvals')
      return /call (\d+) waits/u.exec(stdout)?.[1] ?? null
    }, 'the call to be held')
    const refused = await home.run('approve', call, '--answer', '{}')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /asks no question/u)
    await home.must('deny', call, '--comment', 'no')
    assert.match(await over, /approval-denied/u)
  })
})
