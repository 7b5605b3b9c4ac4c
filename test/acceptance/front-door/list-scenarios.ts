/** Scenarios of what is there: lists in pages, resources, prompts and completion. */
import assert from 'node:assert/strict'
import type { PairClient } from './pair-client.ts'
import { revisions } from './pair-world.ts'
import type { Scenario } from './scenario.ts'

const note = 'note://007'
/** Entries of each list that are only there to fill pages. */
const fillers = 205

async function lists(
  client: PairClient,
  method: Parameters<PairClient['list']>[0],
  member: string,
  key: string,
  more: number,
): Promise<void> {
  const { items, pages } = await client.list(method, member)
  assert.ok(pages > 1, `${method} has ${pages} page`)
  assert.equal(items.length, fillers + more)
  assert.equal(new Set(items.map((item) => item[key])).size, items.length)
}

/** Prompts, tools and so on of the server beside the fillers. */
const ownTools = 18

const listed: readonly Scenario[] = [
  {
    name: 'tools are listed in pages',
    play: (client) => lists(client, 'tools/list', 'tools', 'name', ownTools),
  },
  {
    name: 'prompts are listed in pages',
    play: (client) => lists(client, 'prompts/list', 'prompts', 'name', 1),
  },
  {
    name: 'resources are listed in pages',
    play: (client) => lists(client, 'resources/list', 'resources', 'uri', 0),
  },
  {
    name: 'resource templates are listed in pages',
    play: (client) => lists(client, 'resources/templates/list', 'resourceTemplates', 'uriTemplate', 0),
  },
]

const read: readonly Scenario[] = [
  {
    name: 'a resource is read',
    play: async ({ sdk }) => {
      const { contents } = await sdk.readResource({ uri: note })
      assert.deepEqual(contents, [{ uri: note, mimeType: 'text/plain', text: `The text of ${note} — ünï` }])
    },
  },
  {
    name: 'a resource that is not there is an error',
    play: async ({ sdk }) => {
      await assert.rejects(sdk.readResource({ uri: 'other://x' }), /not found|other:/iu)
    },
  },
  {
    name: 'changes of a resource are told until nobody wants to know',
    play: async (client) => {
      const before = client.updated.length
      const unsubscribe = await client.subscribe(note)
      await client.call('touch', { uri: note })
      await client.call('touch', { uri: 'note://008' })
      await client.until(() => (client.updated.length > before ? true : null), 'the update')
      await unsubscribe()
      await client.call('touch', { uri: note })
      const again = await client.subscribe('note://009')
      await client.call('touch', { uri: 'note://009' })
      await client.until(() => client.updated.includes('note://009') || null, 'the other update')
      await again()
      assert.deepEqual(client.updated.slice(before), [note, 'note://009'])
    },
  },
  {
    name: 'a prompt is got with its arguments',
    play: async ({ sdk }) => {
      const { messages } = await sdk.getPrompt({ name: 'greet', arguments: { who: 'Zoë' } })
      assert.deepEqual(messages, [{ role: 'user', content: { type: 'text', text: 'Hello, Zoë!' } }])
    },
  },
  {
    name: 'an argument is completed',
    play: async ({ sdk }) => {
      const ref = { type: 'ref/prompt', name: 'greet' } as const
      const { completion } = await sdk.complete({ ref, argument: { name: 'who', value: 'Zo' } })
      assert.deepEqual(completion.values, ['Zo-completed'])
    },
  },
]

const spoken: Scenario = {
  name: 'each side speaks its own revision',
  play: async (client, pair) => {
    assert.ok(revisions.includes(pair.client.revision))
    assert.equal(client.sdk.getNegotiatedProtocolVersion(), pair.client.revision)
    assert.equal((await client.call('spoken')).text, pair.server.revision)
  },
}

/** In the order in which they are played. */
export const listScenarios: readonly Scenario[] = [spoken, ...listed, ...read]
