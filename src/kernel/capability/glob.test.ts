/** Patterns by example, and the text that all that matches one begins with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { literalPrefix, matchesGlob } from './glob.ts'

test('a pattern matches the whole of a text or none of it', () => {
  for (const [pattern, matching, others] of [
    ['', [''], ['a', ' ']],
    ['a', ['a'], ['', 'b', 'aa', 'ab', 'ba', 'A']],
    ['a b\n', ['a b\n'], ['ab', 'a b', 'a\tb\n']],
    ['?', ['a', ' ', '\n', '😀', '*'], ['', 'ab', '/']],
    ['*', ['', 'a', 'a b\n😀'], ['/', 'a/', '/a']],
    ['**', ['', 'a', 'a/b', '/'], []],
    ['a*c', ['ac', 'abc', 'abcc'], ['a', 'ab', 'a/c', 'acb', 'xac']],
    ['a**c', ['ac', 'a/c', 'a/b/c'], ['a', 'a/', 'c']],
    ['*.txt', ['.txt', 'a.txt'], ['a.txt ', 'a/b.txt', 'txt']],
    ['/a/?/*', ['/a/b/', '/a/b/c'], ['/a//c', '/a/bb/c', '/a/b/c/d']],
    ['a?*', ['ab', 'abc'], ['a', 'a/', 'a/b']],
    ['***', ['', 'a/b', 'a/'], []],
  ] as const) {
    for (const text of matching)
      assert.equal(matchesGlob(pattern, text), true, JSON.stringify([pattern, text]))
    for (const text of others)
      assert.equal(matchesGlob(pattern, text), false, JSON.stringify([pattern, text]))
  }
})

test('the beginning of a pattern is what stands before its first wildcard', () => {
  for (const [pattern, start] of [
    ['', ''],
    ['abc', 'abc'],
    ['a*c', 'a'],
    ['ab?c*', 'ab'],
    ['*a', ''],
    ['?', ''],
  ] as const)
    assert.equal(literalPrefix(pattern), start)
})
