/** The digest of a run says everything about each of its capabilities, wherever in the run it stands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Capability } from './record.ts'
import { digestOfRun } from './run-digest.ts'

/** A capability of which no number is another’s. */
function capability(at: number): Capability {
  const number = (place: number): never => (at * 1_000 + place) as never
  return {
    id: number(1),
    parent: number(2),
    root: number(3),
    depth: number(4),
    holder: number(5),
    handle: number(6),
    object: number(7),
    caveats: { uses: at },
    grantedBy: number(8),
    since: number(9),
    held: true,
    revoked: false,
    children: number(10),
    spent: number(11),
    reserved: number(12),
    windowStart: number(13),
    windowCount: number(14),
  }
}

const run = [1, 2, 3].map(capability)

test('whatever changes of any capability of a run, its digest changes', () => {
  const digests = new Set([digestOfRun(run)])
  let changes = 1
  for (const [at, one] of run.entries())
    for (const [name, value] of Object.entries(one) as readonly [keyof Capability, unknown][]) {
      const changed =
        typeof value === 'number' ? value + 0.5 : typeof value === 'boolean' ? !value : { uses: 99 }
      digests.add(digestOfRun(run.with(at, { ...one, [name]: changed })))
      changes += 1
    }
  assert.equal(digests.size, changes)
})

test('the order and the number of capabilities are in the digest, and equal runs have one', () => {
  const [first, second] = run
  assert.ok(first !== undefined && second !== undefined)
  const runs = [[], [first], [second], [first, second], [second, first], run]
  assert.equal(new Set(runs.map(digestOfRun)).size, runs.length)
  assert.equal(digestOfRun(structuredClone(run)), digestOfRun(run))
})
