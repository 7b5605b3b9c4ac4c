/** The judge of the conformance run: it overlooks neither a failure nor a check that quietly went missing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reached } from './refusals.ts'
import type { Check } from './suite.ts'
import { compare, judge } from './verdict.ts'

function run(
  ...checks: readonly (readonly [string, Check['status']])[]
): ReadonlyMap<string, readonly Check[]> {
  return new Map([['one', checks.map(([id, status]) => ({ id, status, description: id }))]])
}

function problems(before: ReturnType<typeof run>, now: ReturnType<typeof run>): readonly string[] {
  return compare(before, now).flatMap((verdict) => verdict.problems)
}

test('a check that passes in both runs is no problem', () => {
  assert.deepEqual(problems(run(['a', 'SUCCESS']), run(['a', 'SUCCESS'])), [])
})

test('a check that fails, is missing, is only warned of or passes less often is a problem', () => {
  const before = run(['a', 'SUCCESS'], ['a', 'SUCCESS'])
  for (const now of [
    run(['a', 'SUCCESS'], ['a', 'FAILURE']),
    run(),
    run(['a', 'WARNING'], ['a', 'SKIPPED']),
    run(['a', 'SUCCESS']),
    new Map<string, readonly Check[]>(),
  ])
    assert.equal(problems(before, now).length, 1)
})

test('what failed without us proves nothing', () => {
  assert.deepEqual(problems(run(['a', 'FAILURE'], ['b', 'WARNING']), run()), [])
})

test('a difference that is meant is told, and is still a problem when it is a failure', () => {
  const meant = new Map([['a', 'why']])
  const [verdict] = compare(run(['a', 'SUCCESS']), run(['a', 'WARNING']), meant)
  assert.deepEqual([verdict?.problems, verdict?.notes], [[], ['a: why']])
  const [failed] = compare(run(['a', 'SUCCESS']), run(['a', 'FAILURE']), meant)
  assert.deepEqual(failed?.problems, ['a: a'])
})

test('a scenario that was not run is a problem', () => {
  assert.deepEqual(
    judge(run(['a', 'SUCCESS']), ['one', 'two']).map((verdict) => verdict.problems),
    [[], ['it was not run']],
  )
})

test('what reached the server is told apart by what it is about', () => {
  assert.ok(reached('tools/read', 'tools/call read'))
  assert.ok(!reached('tools/read', 'tools/call reader'))
  assert.ok(!reached('tools/read', 'tools/list'))
  assert.ok(reached('resources/read', 'resources/read file:///a'))
  assert.ok(!reached('resources/read', 'resources/readable'))
})
