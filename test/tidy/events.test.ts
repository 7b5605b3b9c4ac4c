import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breachesOfEvents, declaredKinds } from './events.ts'
import { assertTidy } from './finding.ts'
import { productSources, sourceOf } from './sources.ts'

test('every declared event kind is emitted and handled (attack card, line 33)', () => {
  assertTidy(breachesOfEvents(productSources()))
})

test('the declared kinds are read from the union itself', () => {
  const sources = productSources().filter(({ path }) => path.startsWith('src/kernel/'))
  const bodies = sources.filter(({ path }) => /\/event(?:-bodies)?\.ts$/.test(path))
  const kinds = bodies.flatMap((source) => declaredKinds(source)).map(({ kind }) => kind)
  const numbers = sources.find(({ path }) => path === 'src/kernel/event-codes.ts')
  const codes = [...(numbers?.text ?? '').matchAll(/'([a-z]+\.[a-z]+)': \d+/g)]
  assert.ok(kinds.length > 20)
  assert.deepEqual(kinds.toSorted(), codes.map((match) => match[1] ?? '').toSorted())
})

test('a kind that is only compared with, only folded or never folded is caught', () => {
  const declaration = [
    'export interface EventBodies {',
    "  'a.good': {}",
    "  'b.compared': {}",
    "  'c.unfolded': {}",
    "  /* 'd.comment': {} */",
    '}',
  ].join('\n')
  const sources = [
    sourceOf('src/kernel/event.ts', declaration),
    sourceOf(
      'src/kernel/decide.ts',
      "emit('a.good'); emit('c.unfolded'); if (k === 'b.compared') emit('other.kind')",
    ),
    sourceOf('src/kernel/evolve.ts', "switch (kind) {\n  case 'a.good':\n  case 'b.compared':\n}"),
    sourceOf('src/kernel/decide.test.ts', "emit('b.compared')"),
  ]
  const messages = breachesOfEvents(sources).map(({ line, message }) => `${line} ${message}`)
  assert.deepEqual(messages, [
    '3 nothing in src/kernel emits b.compared',
    '4 evolve does not handle c.unfolded',
  ])
})

test('a fold written as a table of functions counts as handling', () => {
  const sources = [
    sourceOf('src/kernel/event.ts', "export interface EventBodies {\n  'a.good': {}\n}"),
    sourceOf('src/kernel/gate/admit.ts', "return [{ kind: 'a.good' }]"),
    sourceOf('src/kernel/evolve/call.ts', "export const folds = {\n  'a.good': (state) => {},\n}"),
  ]
  assert.deepEqual(breachesOfEvents(sources), [])
})
