/** Sessions of both eras over both transports, against servers built on the official SDK. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Answerer, MetServer } from '../../../test/harness/met-server.ts'
import { resultOf, textOf, withServer } from '../../../test/harness/met-server.ts'
import { until } from '../../../test/harness/world.ts'
import type { DriverProgram, ReverseSelector } from '../../kernel/manifest.ts'
import type { AskAnswer } from './session.ts'

const server = fileURLToPath(new URL('../../../test/harness/every-feature-server.mjs', import.meta.url))
const everything: readonly ReverseSelector[] = ['client/roots', 'client/sampling', 'client/elicitation']

function answered(value: object): Promise<AskAnswer> {
  return Promise.resolve({ kind: 'answered', result: Buffer.from(JSON.stringify(value)) })
}

function refused(code: string): Promise<AskAnswer> {
  return Promise.resolve({ kind: 'refused', code, message: 'No.', needed: 'A capability.' })
}

/** Answers like an able client: one root, one word, and whatever a form wants. */
const able: Answerer = (selector, params) => {
  if (selector === 'client/roots') return answered({ roots: [{ uri: 'file:///granted' }] })
  if (selector === 'client/sampling')
    return answered({ model: 'm', role: 'assistant', content: { type: 'text', text: 'Paris' } })
  const { requestedSchema } = JSON.parse(params) as { requestedSchema: { properties: object } }
  const content = Object.fromEntries(
    Object.entries(requestedSchema.properties).map(([name, property]) => [
      name,
      (property as { type: string }).type === 'boolean' ? true : `my ${name}`,
    ]),
  )
  return answered({ action: 'accept', content })
}

async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => (await isSo()) || null, 'it to become so')
}

for (const [transport, era] of [
  ['stdio', 'legacy'],
  ['stdio', 'modern'],
  ['stdio', 'dual'],
  ['http', 'legacy'],
  ['http', 'modern'],
] as const) {
  const spoken = era === 'legacy' ? 'legacy' : 'modern'
  describe(`a ${era} server over ${transport}`, { concurrency: 4 }, () => {
    let url = ''
    let serving: ChildProcess | null = null

    before(async () => {
      if (transport === 'stdio') return
      const child = spawn(process.execPath, [server, transport, era], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      serving = child
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      ;({ url } = JSON.parse(line.toString()) as { url: string })
    })

    after(async () => {
      if (serving === null) return
      serving.kill('SIGKILL')
      await once(serving, 'exit')
    })

    function program(client?: readonly ReverseSelector[]): DriverProgram {
      const declared = client === undefined ? {} : { client }
      if (transport === 'http') return { protocol: 'mcp-http', url, credential: '', ...declared }
      const args = [server, transport, era]
      return { protocol: 'mcp-stdio', command: process.execPath, args, cwd: '/', env: {}, ...declared }
    }

    function against(
      use: (met: MetServer) => Promise<void>,
      client?: readonly ReverseSelector[],
      answer?: Answerer,
    ): Promise<void> {
      return withServer(program(client), use, answer === undefined ? {} : { answer })
    }

    test('is recognised, and offers everything it has as selectors', () =>
      against(async ({ session }) => {
        assert.equal(session.era, spoken)
        assert.equal(session.info.revision, spoken === 'legacy' ? '2025-11-25' : '2026-07-28')
        assert.equal(session.info.name, 'everything')
        const listed = await session.definitions()
        assert.ok(listed.ok, listed.ok ? '' : listed.error)
        const of = new Map(listed.value.map(({ selector, definition }) => [selector, definition]))
        assert.ok(of.has('tools/test_simple_text'))
        assert.deepEqual(Object.keys(of.get('resources/read') ?? {}), ['resourceTemplates'])
        const prompts = of.get('prompts/get')?.['prompts']
        assert.equal(Array.isArray(prompts) ? prompts.length : 0, 5)
        assert.deepEqual(of.get('resources/subscribe'), {})
        assert.deepEqual(of.get('completion/complete'), {})
        assert.deepEqual([...of.keys()], [...of.keys()].sort())
        const again = await session.definitions()
        assert.deepEqual(again, listed)
      }))

    test('answers calls of every selector', () =>
      against(async ({ session, call }) => {
        assert.match(textOf(await call('tools/test_simple_text').answer), /./)
        const read = resultOf(await call('resources/read', '{"uri":"test://template/7/data"}').answer)
        assert.match(JSON.stringify(read), /Data for ID: 7/)
        const prompt = { name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } }
        assert.match(
          JSON.stringify(resultOf(await call('prompts/get', JSON.stringify(prompt)).answer)),
          /arg1='a'/,
        )
        const reference = {
          ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
          argument: { name: 'arg1', value: 'pa' },
        }
        const completed = resultOf(await call('completion/complete', JSON.stringify(reference)).answer)
        assert.match(JSON.stringify(completed), /party/)
        const page = await session.resources(null)
        assert.ok(page.ok)
        assert.ok(page.value.resources.some(({ uri }) => uri === 'test://static-text'))
      }))

    test('a tool that fails and a request that is wrong are failures, told apart', () =>
      against(async ({ call }) => {
        const error = await call('tools/test_error_handling').answer
        assert.ok(error.outcome === 'failed' && error.form === null)
        assert.match(textOf(error), /intentionally/)
        const missing = await call('resources/read', '{"uri":"test://nothing"}').answer
        assert.ok(missing.outcome === 'failed' && missing.form === 'error')
        const { code } = resultOf(missing) as { code: number }
        assert.ok([-32_002, -32_602].includes(code), String(code))
      }))

    test('arguments that a selector does not have are never sent', () =>
      against(async ({ call }) => {
        for (const [selector, args] of [
          ['resources/read', '{"uri":"test://static-text","_meta":{"x":1}}'],
          ['resources/read', '{"uri":1}'],
          ['prompts/get', '{"name":"test_simple_prompt","requestState":"x"}'],
          ['prompts/get', '{"name":"test_simple_prompt","arguments":{"a":1}}'],
          ['completion/complete', '{}'],
          ['resources/unsubscribe', '{"uri":"test://static-text"}'],
          ['tools/test_simple_text', '{}\n{}'],
        ] as const) {
          const answer = await call(selector, args).answer
          assert.ok(answer.outcome === 'failed', selector)
          assert.match(answer.reason, /nothing was sent/)
        }
      }))

    test('progress reaches the call that asked for it, and no other', () =>
      against(async ({ call }) => {
        const [asks, silent] = [
          call('tools/test_tool_with_progress', '{}', { progress: true }),
          call('tools/test_tool_with_progress'),
        ]
        await Promise.all([asks.answer, silent.answer])
        assert.deepEqual(
          asks.progress.map(({ progress }) => progress),
          [0, 50, 100],
        )
        assert.equal(asks.progress[0]?.total, 100)
        assert.deepEqual(silent.progress, [])
      }))

    test('log messages reach the only call, at the level it wants', () =>
      against(async ({ call }) => {
        const loud = call('tools/test_tool_with_logging', '{}', { log: 'debug' })
        await loud.answer
        assert.equal(loud.logs.length, 3)
        assert.equal(Buffer.from(loud.logs[0]?.data ?? []).toString(), '"Tool execution started"')
        const quiet = call('tools/test_tool_with_logging', '{}', { log: 'error' })
        await quiet.answer
        assert.deepEqual(quiet.logs, [])
      }))

    test('trace context is forwarded, and nothing else of ours is missing', () =>
      against(async ({ call }) => {
        const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
        const meta = textOf(await call('tools/meta', '{}', { trace }).answer)
        assert.match(meta, new RegExp(trace))
        assert.equal(meta.includes('clientCapabilities'), spoken === 'modern')
      }))

    test('a call that is given up is given up at the server', () =>
      against(async ({ call }) => {
        const of = `${transport}-${era}`
        const hanging = call('tools/hang', JSON.stringify({ of }), { progress: true })
        await eventually(() => hanging.progress.length > 0)
        hanging.cancel()
        const answer = await hanging.answer
        assert.ok(answer.outcome === 'failed')
        assert.match(answer.reason, /cancelled/)
        await eventually(async () =>
          textOf(await call('tools/given-up').answer)
            .split(' ')
            .includes(of),
        )
      }))

    test('what the manifest does not declare is not asked, and the kernel does not hear of it', () =>
      against(async ({ call, asked }) => {
        const tool = spoken === 'legacy' ? 'test_sampling' : 'test_input_required_result_sampling'
        const refusedCall = call(`tools/${tool}`, '{"prompt":"x"}', { answer: able })
        await refusedCall.answer
        assert.deepEqual(refusedCall.asked, [])
        assert.deepEqual(asked, [])
      }))

    if (spoken === 'legacy') {
      test('its questions are put to the caller, and the answers come back', () =>
        against(async ({ call }) => {
          const sampling = call('tools/test_sampling', '{"prompt":"capital?"}', { answer: able })
          assert.equal(textOf(await sampling.answer), 'LLM response: Paris')
          assert.deepEqual(
            sampling.asked.map(({ selector }) => selector),
            ['client/sampling'],
          )
          assert.match(sampling.asked[0]?.params ?? '', /"capital\?"/)
          const elicitation = call('tools/test_elicitation', '{"message":"m"}', { answer: able })
          assert.match(textOf(await elicitation.answer), /action=accept.*my response/)
        }, everything))

      test('a refusal is an error in its words, and an operator’s no declines', () =>
        against(async ({ call }) => {
          const no = call('tools/test_sampling', '{"prompt":"x"}', {
            answer: () => refused('selector-not-granted'),
          })
          assert.match(textOf(await no.answer), /No\. Needed: A capability\./)
          const declined = call('tools/test_elicitation', '{"message":"m"}', {
            answer: () => refused('approval-denied'),
          })
          assert.match(textOf(await declined.answer), /action=decline/)
        }, everything))
    } else {
      test('its questions are answered in rounds', () =>
        against(async ({ call }) => {
          const ask = (name: string): Promise<string> =>
            call(`tools/test_input_required_result_${name}`, '{}', { answer: able }).answer.then(textOf)
          assert.equal(await ask('elicitation'), 'Hello, my name!')
          assert.equal(await ask('sampling'), 'Sampling response: Paris')
          assert.equal(await ask('list_roots'), '1 roots: file:///granted')
          assert.equal(await ask('request_state'), 'state-ok')
          assert.equal(await ask('multiple_inputs'), 'Paris my name, 1 roots')
          assert.equal(await ask('multi_round'), 'my name likes my color')
          const prompt = call('prompts/get', '{"name":"test_input_required_result_prompt"}', { answer: able })
          assert.match(JSON.stringify(resultOf(await prompt.answer)), /context: my context/)
        }, everything))

      test('a refused question ends the call in the words of the refusal', () =>
        against(async ({ call }) => {
          const no = call('tools/test_input_required_result_sampling', '{}', {
            answer: () => refused('limit'),
          })
          const answer = await no.answer
          assert.ok(answer.outcome === 'failed')
          assert.equal(answer.reason, 'No. Needed: A capability.')
        }, everything))

      test('it is told only what this caller can answer', () =>
        against(async ({ call }) => {
          const answers = ['client/elicitation'] as const
          const one = call('tools/test_input_required_result_capabilities', '{}', { answer: able, answers })
          assert.equal(textOf(await one.answer), 'done')
          assert.deepEqual(one.asked.map(({ selector }) => selector).sort(), [
            'client/elicitation',
            'client/roots',
          ])
        }, everything))

      test('a call can be given up while it waits for an answer', () =>
        against(async ({ call }) => {
          const stopped: string[] = []
          const waiting = call('tools/test_input_required_result_elicitation', '{}', {
            answer: async (selector, _params, signal) => {
              await once(signal, 'abort')
              stopped.push(selector)
              return refused('not-found')
            },
          })
          await eventually(() => waiting.asked.length > 0)
          waiting.cancel()
          assert.equal((await waiting.answer).outcome, 'failed')
          await eventually(() => stopped.length === 1)
        }, everything))
    }

    test('changes of resources that are subscribed to are heard of', () =>
      against(async ({ session, call, changes }) => {
        session.listen()
        const uri = 'test://watched-resource'
        assert.equal((await call('resources/subscribe', JSON.stringify({ uri })).answer).outcome, 'done')
        // A stateless server over HTTP is a new one for every request and tells nobody of anything by itself.
        if (transport === 'http') return
        await call('tools/tell', JSON.stringify({ of: uri })).answer
        await eventually(() => changes.includes(uri))
        await call('tools/tell').answer
        await eventually(() => changes.includes('resources'))
      }))
  })
}
