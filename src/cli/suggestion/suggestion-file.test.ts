/** What comes back from a reviewer is read strictly, and evidence is never signed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSuggestion } from './suggestion-file.ts'
import { suggestedCaveats } from './suggested-caveats.ts'
import type { Suggestion } from './suggestion.ts'

const evidence = {
  calls: 2,
  first: '2026-01-01T00:00:00.000Z',
  last: '2026-01-01T00:00:00.000Z',
  seqs: [4, 6],
}

const suggestion: Suggestion = {
  custos: 'suggestion-1',
  agent: 'scout',
  calls: 2,
  sealed: 0,
  grants: [
    {
      driver: 'files',
      ask: true,
      rate: { count: 10, perMs: 60_000 },
      why: 'because',
      selectors: {
        'tools/write': {
          effect: 'act',
          arguments: {
            path: { constraint: { within: '/srv/data' }, why: 'seen there' },
            mode: { constraint: { any: true }, optional: true, wide: true, why: 'wide' },
          },
          why: 'used twice',
          evidence,
        },
      },
    },
  ],
  leftOut: [],
  refused: [],
  refusedBeside: 0,
}

function read(value: unknown): ReturnType<typeof parseSuggestion> {
  return parseSuggestion(Buffer.from(`${JSON.stringify(value, null, 2)}\n`))
}

/** The suggestion with one part of it changed by a reviewer. */
function changed(change: (copy: { [name: string]: never }) => void): unknown {
  const copy = structuredClone(suggestion) as unknown as { [name: string]: never }
  change(copy)
  return copy
}

test('a file that nobody touched means exactly what was suggested', () => {
  const parsed = read(suggestion)
  assert.ok(parsed.ok)
  const [grant] = suggestion.grants
  const caveats = grant === undefined ? null : suggestedCaveats(grant)
  assert.ok(caveats?.ok)
  const expected = { agent: 'scout', grants: [{ driver: 'files', caveats: caveats.value }] }
  assert.deepEqual(structuredClone(parsed.value), structuredClone(expected))
  assert.doesNotMatch(JSON.stringify(parsed.value), /because|seen there|used twice/u)
})

test('a misspelt or unknown member refuses the whole file and is named', () => {
  const cases: readonly (readonly [(copy: { [name: string]: never }) => void, RegExp])[] = [
    [(copy) => Object.assign(copy, { note: 1 }), /no member "note"/u],
    [
      (copy) => Object.assign(copy['grants']?.[0] ?? {}, { asks: true }),
      /grant 1: there is no member "asks"/u,
    ],
    [
      (copy) => Object.assign(lineIn(copy)['arguments'] as object, { path: { constraint: { witin: '/x' } } }),
      /`where.tools.write.arguments.path.constraint` must have exactly one member/u,
    ],
    [
      (copy) =>
        Object.assign(lineIn(copy)['arguments'] as object, {
          path: { constraint: { any: true }, optinal: true },
        }),
      /"path": there is no member "optinal"/u,
    ],
    [(copy) => Object.assign(lineIn(copy), { open: 'yes' }), /open/u],
    [(copy) => Object.assign(copy, { custos: 'suggestion-9' }), /not a suggestion-1/u],
    [(copy) => Object.assign(copy['grants']?.[0] ?? {}, { selectors: {} }), /selectors/u],
  ]
  for (const [change, message] of cases) {
    const parsed = read(changed(change))
    assert.ok(!parsed.ok)
    assert.match(parsed.error, message)
  }
})

function lineIn(copy: { [name: string]: never }): { [name: string]: unknown } {
  const grants = copy['grants'] as unknown as readonly {
    selectors: { [name: string]: { [name: string]: unknown } }
  }[]
  return grants[0]?.selectors['tools/write'] ?? {}
}

test('nothing that is undecided can be put in force', () => {
  const parsed = read(
    changed((copy) => {
      Object.assign(lineIn(copy)['arguments'] as object, {
        path: { constraint: { any: true }, why: 'x', undecided: 'decide' },
      })
    }),
  )
  assert.ok(!parsed.ok)
  assert.match(parsed.error, /undecided/u)
})

test('what is not JSON, repeats a name or is too long is refused', () => {
  assert.ok(!parseSuggestion(Buffer.from('{"custos": }')).ok)
  assert.ok(!parseSuggestion(Buffer.from('{"custos":"suggestion-1","agent":"a","agent":"b","grants":[]}')).ok)
  assert.ok(!parseSuggestion(new Uint8Array(4_194_305)).ok)
  assert.ok(parseSuggestion(Buffer.from('{"custos":"suggestion-1",\r\n\t"agent":"a","grants":[]}')).ok)
})
