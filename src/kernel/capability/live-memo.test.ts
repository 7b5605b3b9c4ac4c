/** The memo by itself: what was found live counts until something in its tree, or everything, changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveMemo } from './live-memo.ts'

test('a finding counts until its tree changes, and one made after the change counts again', () => {
  const memo = new LiveMemo()
  const before = memo.now
  assert.equal(memo.isFresh(before, 5), true)
  memo.treeChanged(5)
  assert.equal(memo.isFresh(before, 5), false)
  assert.equal(memo.isFresh(before, 6), true, 'another tree is as it was')
  assert.equal(memo.isFresh(memo.now, 5), true)
})

test('a change of everything ends every finding, and later ones count', () => {
  const memo = new LiveMemo()
  const before = memo.now
  memo.everythingChanged()
  for (const root of [1, 5, 5000]) {
    assert.equal(memo.isFresh(before, root), false)
    assert.equal(memo.isFresh(memo.now, root), true)
  }
})

test('what was never found live does not count', () => {
  const memo = new LiveMemo()
  assert.equal(memo.isFresh(0, 1), false)
  memo.treeChanged(1)
  assert.equal(memo.isFresh(0, 2), false)
})
