/** Paths at their edges: the longest, the root, and the folder itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCanonicalPath, isWithin } from './path.ts'

test('a path is as long as the system’s longest, and no longer', () => {
  assert.equal(isCanonicalPath(`/${'a'.repeat(4095)}`), true)
  assert.equal(isCanonicalPath(`/${'a'.repeat(4096)}`), false)
})

test('a folder holds itself and what is below it, and the root holds everything', () => {
  for (const [root, inside, outside] of [
    ['/', ['/', '/a', '/a/b'], ['', 'a', '//']],
    ['/a', ['/a', '/a/b'], ['/', '/ab', '/b', '/a/', '/a/../b']],
    ['/a/b', ['/a/b', '/a/b/c'], ['/a', '/a/bc', '/a/c']],
  ] as const) {
    for (const path of inside) assert.equal(isWithin(root, path), true, `${root} ${path}`)
    for (const path of outside) assert.equal(isWithin(root, path), false, `${root} ${path}`)
  }
  for (const root of ['', 'a', '/a/', '/a/..', '/~']) assert.equal(isWithin(root, `${root}/b`), false, root)
})
