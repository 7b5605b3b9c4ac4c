/**
 * A definition that changes while clients of every revision use its server. All of them watch the same change,
 * because the driver is started anew for it, and the supervisor has only so much patience with one that ends.
 */
import assert from 'node:assert/strict'
import type { PairClient } from './pair-client.ts'

/** What it shows. */
export const changeName = 'a definition that changes is told, and quarantined until it is what was accepted'

/** Plays it with all clients of one server. */
export async function playChange(clients: readonly PairClient[]): Promise<void> {
  const [first] = clients
  assert.ok(first !== undefined)
  for (const client of clients) assert.equal((await client.call('fickle')).text, 'I am calm')
  await changed(
    clients,
    () => first.call('alter', { mood: 'wild' }),
    async (client) => {
      const names = (await client.list('tools/list', 'tools')).items.map(({ name }) => name)
      return names.includes('echo') && !names.includes('fickle')
    },
  )
  for (const client of clients) {
    const refused = await client.call('fickle').catch((error: unknown) => ({ text: String(error) }))
    assert.match(refused.text, /definition-changed/u)
    assert.equal((await client.call('echo', { text: 'still' })).text, '{"said":"still"}')
  }
  await changed(
    clients,
    () => first.call('alter', { mood: 'calm' }),
    async (client) => {
      const said = await client.call('fickle').catch((error: unknown) => ({ text: String(error) }))
      return said.text === 'I am calm'
    },
  )
}

/** Makes a change and waits until every client was told of one and sees what it should. */
async function changed(
  clients: readonly PairClient[],
  change: () => Promise<unknown>,
  isSeen: (client: PairClient) => Promise<boolean>,
): Promise<void> {
  const before = clients.map(({ toolsChanged }) => toolsChanged)
  await change()
  await Promise.all(
    clients.map(async (client, index) => {
      await client.until(() => client.toolsChanged > (before[index] ?? 0) || null, 'the change to be told')
      await client.until(async () => (await isSeen(client)) || null, 'the change to be seen')
    }),
  )
}
