import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { pageLimits, resourcePage } from './resource-pages.ts'

type Pages = readonly (readonly JsonObject[])[]

/** Every page that the kernel gets of a server with these pages. */
async function all(pages: Pages): Promise<readonly (readonly string[])[] | string> {
  const session = {
    resources: (cursor: string | null) => {
      const at = cursor === null ? 0 : Number(cursor)
      const next = at + 1 < pages.length ? String(at + 1) : null
      return Promise.resolve({ ok: true as const, value: { resources: pages[at] ?? [], next } })
    },
  }
  const given: (readonly string[])[] = []
  let cursor: string | null = null
  do {
    const page = await resourcePage(session, cursor)
    if (!page.ok) return page.error
    given.push(page.value.items.map((item) => (JSON.parse(item) as { uri: string }).uri))
    cursor = page.value.next
  } while (cursor !== null)
  return given
}

function resources(count: number, more: JsonObject = {}): readonly JsonObject[] {
  return Array.from({ length: count }, (_, n) => ({ uri: `x:${n}`, name: 'n', ...more }))
}

test('a page that is too large for the kernel is given in parts, in order and complete', async () => {
  const given = await all([resources(2500), resources(1), []])
  assert.ok(typeof given !== 'string')
  assert.deepEqual(
    given.map(({ length }) => length),
    [1000, 1000, 500, 1, 0],
  )
  assert.deepEqual(
    given.slice(0, 3).flat(),
    resources(2500).map(({ uri }) => uri),
  )
})

test('parts are bounded in bytes too, and one resource must fit', async () => {
  const given = await all([resources(10, { description: 'x'.repeat(300_000) })])
  assert.ok(typeof given !== 'string')
  assert.deepEqual(
    given.map(({ length }) => length),
    [3, 3, 3, 1],
  )
  assert.match(String(await all([resources(1, { description: 'x'.repeat(pageLimits.bytes) })])), /too large/)
})

test('a cursor that was never given is refused', async () => {
  const session = { resources: () => Promise.reject(new Error('the server is not asked')) }
  for (const cursor of ['', 'x', '[]', '[-1,null]', '[0.5,null]', '[0,1]', '{"0":1}']) {
    assert.equal((await resourcePage(session, cursor)).ok, false, cursor)
  }
})
