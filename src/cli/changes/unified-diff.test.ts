import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { lineEdits } from './line-edits.ts'
import { unifiedDiff } from './unified-diff.ts'

test('a changed line stands between three lines of what surrounds it', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', ''].join('\n')
  assert.deepEqual(unifiedDiff(before, before.replace('e', 'E')), [
    '@@ -2,7 +2,7 @@',
    ' b',
    ' c',
    ' d',
    '-e',
    '+E',
    ' f',
    ' g',
    ' h',
  ])
})

test('a missing newline at the end is a difference and is said', () => {
  assert.deepEqual(unifiedDiff('a\n', 'a'), ['@@ -1 +1 @@', '-a', '+a', '\\ No newline at end of file'])
})

test('new and removed texts are one hunk, and equal texts none', () => {
  assert.deepEqual(unifiedDiff('', 'a\nb\n'), ['@@ -0,0 +1,2 @@', '+a', '+b'])
  assert.deepEqual(unifiedDiff('a\n', ''), ['@@ -1 +0,0 @@', '-a'])
  assert.deepEqual(unifiedDiff('a\n', 'a\n'), [])
})

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 })

test('the edits turn one text into the other, and no fewer lines would do', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const edits = lineEdits(before, after)
      const made: string[] = []
      let at = 0
      for (const { oldFrom, oldTo, newFrom, newTo } of edits) {
        assert.ok(oldFrom >= at && (oldTo > oldFrom || newTo > newFrom))
        made.push(...before.slice(at, oldFrom))
        assert.equal(made.length, newFrom)
        made.push(...after.slice(newFrom, newTo))
        at = oldTo
      }
      assert.deepEqual([...made, ...before.slice(at)], after)
      const touched = edits.reduce(
        (sum, { oldFrom, oldTo, newFrom, newTo }) => sum + oldTo - oldFrom + newTo - newFrom,
        0,
      )
      assert.equal(touched, before.length + after.length - 2 * longestCommon(before, after))
    }),
  )
})

function longestCommon(one: readonly string[], other: readonly string[]): number {
  let row = Array.from({ length: other.length + 1 }, () => 0)
  for (const line of one) {
    const next = [0]
    for (const [index, candidate] of other.entries()) {
      next.push(line === candidate ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0))
    }
    row = next
  }
  return row[other.length] ?? 0
}

test('texts without anything in common are told as one replacement, at once', () => {
  const before = Array.from({ length: 20_000 }, (_, index) => `a${index}`)
  const after = Array.from({ length: 20_000 }, (_, index) => `b${index}`)
  assert.deepEqual(lineEdits(before, after), [{ oldFrom: 0, oldTo: 20_000, newFrom: 0, newTo: 20_000 }])
})

test(
  'git applies the diff and gets the new text',
  { skip: spawnSync('git', ['--version']).status !== 0 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'custos-diff-'))
    try {
      const before = Array.from({ length: 200 }, (_, index) => `line ${index % 7}\n`).join('')
      const after = `top\n${before.replace('line 3\nline 4\n', 'x\n').slice(0, -8)}end`
      writeFileSync(join(folder, 'f'), before)
      const patch = ['--- a/f', '+++ b/f', ...unifiedDiff(before, after), ''].join('\n')
      const applied = spawnSync('git', ['apply', '--unidiff-zero', '-'], { cwd: folder, input: patch })
      assert.equal(applied.status, 0, applied.stderr.toString())
      assert.equal(readFileSync(join(folder, 'f'), 'utf8'), after)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
