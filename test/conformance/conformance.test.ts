/**
 * The official suite through Custos, as `npm run conformance` runs it. Here each part that shows something of its
 * own is run once; of the removals only those of what a driver may ask, because all of them take a minute.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Part } from './parts.ts'
import { parts } from './parts.ts'
import type { Verdict } from './verdict.ts'

async function verdictsOf(part: Part | undefined, filter = ''): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  await part?.({ filter, tell: (verdict) => void verdicts.push(verdict) })
  assert.deepEqual(
    verdicts.filter(({ problems }) => problems.length > 0),
    [],
  )
  return verdicts
}

test('every check that passes without Custos passes through it, for both revisions', async () => {
  assert.equal((await verdictsOf(parts['governed'])).length, 73)
})

test('all scenarios of the Tasks extension pass over a server that has no tasks', async () => {
  assert.equal((await verdictsOf(parts['tasks'])).length, 10)
})

test('a question that the driver holds no capability for is asked of nobody', async () => {
  assert.equal((await verdictsOf(parts['refusals'], 'without client/')).length, 6)
})
