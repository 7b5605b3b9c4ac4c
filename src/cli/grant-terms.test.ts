/** From the flags of a grant to what is signed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from './arguments.ts'
import { grantCommand } from './command/grant.ts'
import { grantTerms, resolveSelectors } from './grant-terms.ts'

const pinned = ['tools/read_text_file', 'tools/write_file', 'resources/read']
const now = 1_700_000_000_000

function terms(selectors: readonly string[], ...argv: string[]) {
  const args = parseArguments(argv, grantCommand.flags)
  assert.ok(args.ok, args.ok ? '' : args.error)
  return grantTerms(args.value, selectors, now)
}

test('a bare name is a tool, and a star is every selector pinned now', () => {
  assert.deepEqual(resolveSelectors(['read_text_file', 'resources/read'], pinned), {
    ok: true,
    value: ['tools/read_text_file', 'resources/read'],
  })
  assert.deepEqual(resolveSelectors(['*'], pinned), { ok: true, value: pinned })
  const wrong = resolveSelectors(['red_text_file'], pinned)
  assert.ok(!wrong.ok && /did you mean tools\/read_text_file\?/u.test(wrong.error))
  assert.ok(!resolveSelectors(['*', 'write_file'], pinned).ok)
  assert.ok(!resolveSelectors(['*'], []).ok)
})

test('without a word about arguments none are allowed', () => {
  const made = terms(['tools/write_file'])
  assert.ok(made.ok)
  assert.equal(JSON.stringify(made.value.where), '{"*":{"arguments":{}}}')
})

test('every flag becomes the caveat of its name', () => {
  const made = terms(
    ['tools/write_file'],
    '--where=path within /data',
    '--uses=3',
    '--expires=1h',
    '--rate=10/1m',
    '--ask',
    '--no-derive',
    '--badge=b',
    '--open',
  )
  assert.ok(made.ok, made.ok ? '' : made.error)
  assert.deepEqual(JSON.parse(JSON.stringify(made.value)), {
    selectors: ['tools/write_file'],
    where: { '*': { arguments: { path: { constraint: { within: '/data' } } }, open: true } },
    uses: 3,
    expiresAt: now + 3_600_000,
    rate: { count: 10, perMs: 60_000 },
    ask: true,
    derivable: false,
    badge: 'b',
  })
})

test('a line for one selector adds to the general ones for it', () => {
  const made = terms(
    ['tools/read_text_file', 'tools/write_file'],
    '--where=path within /data',
    '--where=write_file: content any',
  )
  assert.ok(made.ok)
  const where = JSON.parse(JSON.stringify(made.value.where)) as Record<string, { arguments: object }>
  assert.deepEqual(Object.keys(where['*']?.arguments ?? {}), ['path'])
  assert.deepEqual(Object.keys(where['tools/write_file']?.arguments ?? {}), ['path', 'content'])
})

test('terms that cannot be meant are refused', () => {
  assert.ok(!terms(['tools/write_file'], '--where', 'a any', '--where', 'a any').ok)
  assert.ok(!terms(['tools/write_file'], '--where', 'tools/other: a any').ok)
  for (const uses of ['0', '-1', '1.5', 'many', '9999999999999999']) {
    assert.ok(!terms(['tools/write_file'], `--uses=${uses}`).ok, uses)
  }
})
