/** Scenarios of calls: what goes in, what comes back, what is told and asked on the way, and giving up. */
import assert from 'node:assert/strict'
import { grantedRoot } from './pair-world.ts'
import type { Pair } from './pair-world.ts'
import type { Scenario } from './scenario.ts'

const modern = '2026-07-28'
const large = 900 * 1024
const strange = 'Grüße, 世界 🌍 \u2028 "quoted" \\ end'

const answered: readonly Scenario[] = [
  {
    name: 'a call brings its structured result, whatever script it is in',
    play: async (client) => {
      const { text, structured } = await client.call('echo', { text: strange })
      assert.deepEqual(JSON.parse(text), { said: strange })
      assert.deepEqual(structured, { said: strange })
    },
  },
  {
    name: 'a tool’s own failure is a result',
    play: async (client) => {
      const said = await client.call('fail')
      assert.deepEqual([said.text, said.isError], ['it went wrong', true])
    },
  },
  {
    name: 'a protocol error is one, with its code and data',
    play: async (client) => {
      await assert.rejects(client.call('break'), (error: Error & { code?: number; data?: unknown }) => {
        assert.equal(error.code, -32_602)
        assert.match(error.message, /not like that/u)
        assert.deepEqual(error.data, { why: 'because' })
        return true
      })
    },
  },
  {
    name: 'large arguments arrive',
    play: async (client) => {
      assert.equal((await client.call('measure', { text: 'y'.repeat(large) })).text, String(large))
    },
  },
  {
    name: 'large results come back',
    play: async (client) => {
      assert.equal((await client.call('large', { bytes: large })).text.length, large)
    },
  },
  {
    name: 'calls at the same time get their own results',
    play: async (client) => {
      const marks = Array.from({ length: 20 }, (_, index) => `mark ${index}`)
      const said = await Promise.all(marks.map((text) => client.call('echo', { text })))
      assert.deepEqual(
        said.map(({ structured }) => structured),
        marks.map((mark) => ({ said: mark })),
      )
    },
  },
]

const told: readonly Scenario[] = [
  {
    name: 'progress is told to whoever asked for it',
    play: async (client) => {
      const before = client.progress.length
      const said = await client.call('advance', {}, { onprogress: () => {} })
      assert.equal(said.text, 'there')
      assert.deepEqual(
        client.progress.slice(before),
        [1, 2, 3].map((progress) => ({ progress, total: 3, message: `step ${progress}` })),
      )
      assert.equal((await client.call('advance')).text, 'nobody wants to know')
    },
  },
  {
    name: 'log lines are told at the level that was asked for',
    play: async (client, pair) => {
      const isModern = pair.client.revision === modern
      if (!isModern) await client.sdk.setLoggingLevel('error')
      await client.call('tell', {}, isModern ? { meta: levelMeta('error') } : {})
      assert.deepEqual(client.logs, [])
      if (!isModern) await client.sdk.setLoggingLevel('info')
      await client.call('tell', {}, isModern ? { meta: levelMeta('info') } : {})
      await client.until(() => (client.logs.length > 0 ? true : null), 'the line')
      assert.deepEqual(client.logs, [{ heard: 'ünï' }])
    },
  },
  {
    name: 'a ping is answered',
    whyNot: ({ client }) => (client.revision === modern ? 'the client’s revision has no ping' : null),
    play: async ({ sdk }) => {
      await sdk.ping()
    },
  },
]

const asking: readonly Scenario[] = [
  {
    name: 'a form is put to the client, and its answer to the server',
    play: async (client) => {
      for (const [decision, expected] of [
        ['accept', { action: 'accept', content: { colour: 'rot ü' } }],
        ['decline', { action: 'decline' }],
        ['cancel', { action: 'cancel' }],
      ] as const) {
        client.decision = decision
        assert.deepEqual(JSON.parse((await client.call('colour')).text), expected)
      }
      assert.equal(client.asked.filter((one) => one === 'elicitation: Which colour?').length, 3)
    },
  },
  {
    name: 'an address to visit is put to an operator, and to no client',
    whyNot: (pair) => whyNoAddresses(pair),
    play: async (client, _pair, decide) => {
      for (const [decision, action] of [
        ['call.approve', 'accept'],
        ['call.deny', 'decline'],
      ] as const) {
        const asking = client.call('browse')
        await decide(decision)
        assert.deepEqual(JSON.parse((await asking).text), { action })
      }
      assert.ok(!client.asked.includes('elicitation: Sign in, please.'))
    },
  },
  {
    name: 'the client’s model is asked',
    play: async (client) => {
      const { text } = await client.call('think')
      const { content, model } = JSON.parse(text) as { content: unknown; model: string }
      assert.deepEqual([content, model], [{ type: 'text', text: 'seven' }, 'm'])
      assert.ok(client.asked.includes('sampling'))
    },
  },
  {
    name: 'roots are those that were granted, whatever the client has',
    play: async (client) => {
      assert.deepEqual(JSON.parse((await client.call('roots')).text), { roots: [{ uri: grantedRoot }] })
    },
  },
]

/** Every client of a pair has its own mark, because servers outlive them. */
function markOf({ client }: Pair): string {
  return `${client.transport}-${client.revision}`
}

const withdrawing: Scenario = {
  name: 'a call that is given up is given up at the server',
  isLast: true,
  play: async (client, pair) => {
    const mark = markOf(pair)
    const stop = new AbortController()
    const hanging = assert.rejects(client.call('hang', { mark }, { signal: stop.signal }))
    const says = async (tool: string): Promise<true | null> =>
      (await client.call(tool)).text.split(' ').includes(mark) ? true : null
    await client.until(() => says('running'), 'the call to run')
    stop.abort()
    await hanging
    await client.until(() => says('withdrawn'), 'the server to hear of it')
  },
}

function whyNoAddresses({ server }: Pair): string | null {
  return server.revision === '2025-06-18' ? 'the server’s revision knows no addresses to visit' : null
}

function levelMeta(level: string): { readonly [key: string]: string } {
  return { 'io.modelcontextprotocol/logLevel': level }
}

/** In the order in which they are played. */
export const callScenarios: readonly Scenario[] = [...answered, ...told, ...asking, withdrawing]
