import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { Changes } from './changes.ts'

function telling(): {
  readonly changes: Changes
  readonly told: JsonObject[]
  readonly first: Promise<void>
} {
  const told: JsonObject[] = []
  const { promise: first, resolve } = Promise.withResolvers<void>()
  const changes = new Changes((header) => {
    told.push(header)
    resolve()
  })
  return { changes, told, first }
}

test('lists that the server says have changed are told by name when nothing differs', async () => {
  const { changes, told, first } = telling()
  changes.definitions('tools')
  changes.onDefinitions = () => Promise.resolve(false)
  for (const list of ['prompts', 'resources', 'prompts'] as const) changes.definitions(list)
  await first
  changes.stop()
  assert.deepEqual(told, [{ event: 'lists-unchanged', lists: ['tools', 'prompts'] }])
})

test('a storm of such news is looked at and told once at a time', async () => {
  const { changes, told, first } = telling()
  let looks = 0
  changes.onDefinitions = () => {
    looks += 1
    return Promise.resolve(false)
  }
  for (let n = 0; n < 10_000; n += 1) changes.definitions('tools')
  await first
  for (let n = 0; n < 10_000; n += 1) changes.definitions('prompts')
  changes.stop()
  assert.deepEqual([looks, told.length], [1, 1])
})

test('what differs is not announced: the driver is attached anew', async () => {
  const { changes, told } = telling()
  const { promise: looked, resolve } = Promise.withResolvers<void>()
  changes.onDefinitions = () => {
    resolve()
    return Promise.resolve(true)
  }
  changes.definitions('tools')
  await looked
  await new Promise((resolve) => setImmediate(resolve))
  changes.stop()
  assert.deepEqual(told, [])
})
