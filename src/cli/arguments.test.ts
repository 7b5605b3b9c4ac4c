/** Command lines, read strictly. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlagSpec } from './arguments.ts'
import { parseArguments, valueOf, valuesOf } from './arguments.ts'

const flags: readonly FlagSpec[] = [
  { name: 'expires', value: 'DURATION', about: '' },
  { name: 'where', value: 'TEXT', repeat: true, about: '' },
  { name: 'ask', about: '' },
  { name: 'follow', short: 'f', about: '' },
]

function parsed(...argv: string[]) {
  const result = parseArguments(argv, flags)
  assert.ok(result.ok, result.ok ? '' : result.error)
  return result.value
}

function problem(...argv: string[]): string {
  const result = parseArguments(argv, flags)
  assert.ok(!result.ok)
  return result.error
}

test('positionals, switches and values come apart in any order', () => {
  const args = parsed('a', '--ask', 'b', '--expires', '1h', '-f', 'c')
  assert.deepEqual(args.positionals, ['a', 'b', 'c'])
  assert.deepEqual([...args.switches], ['ask', 'follow'])
  assert.equal(valueOf(args, 'expires'), '1h')
  assert.equal(args.trailing, null)
})

test('a value may be attached with an equals sign', () => {
  assert.equal(valueOf(parsed('--expires=1h'), 'expires'), '1h')
})

test('a repeatable flag keeps every value in order', () => {
  assert.deepEqual(valuesOf(parsed('--where', 'a any', '--where=b any'), 'where'), ['a any', 'b any'])
})

test('what follows two dashes is left alone', () => {
  assert.deepEqual(parsed('x', '--', '--ask', '--nonsense').trailing, ['--ask', '--nonsense'])
})

test('an unknown flag is an error that suggests the nearest', () => {
  assert.match(problem('--expirs', '1h'), /did you mean --expires\?/u)
  assert.doesNotMatch(problem('--zzzzzzzz'), /did you mean/u)
})

test('a flag given twice, without its value, or with one it does not take is an error', () => {
  assert.match(problem('--expires', '1h', '--expires', '2h'), /twice/u)
  assert.match(problem('--expires'), /needs a value/u)
  assert.match(problem('--expires', '--ask'), /needs a value/u)
  assert.match(problem('--ask=yes'), /takes no value/u)
})
