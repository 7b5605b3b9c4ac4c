/** A full disk is told as one, whatever the ledger has set aside. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { freeBytesAt, freeWords, roomWords } from './status-room.ts'

const mebibyte = 1_048_576

test('room is ample only where the disk has some, and otherwise ample for now, with what is left', () => {
  assert.equal(roomWords('ample', 500 * mebibyte), 'ample')
  assert.equal(roomWords('ample', null), 'ample')
  assert.equal(
    roomWords('ample', 0),
    'ample for now: the disk is full, and only what the ledger set aside is left (at most 32 MiB)',
  )
})

test('the other two say what still goes and what does not', () => {
  assert.match(roomWords('reserved', 0), /^reserved: nothing new .* revoking and halting/u)
  assert.match(roomWords('none', 0), /^NONE: nothing can be recorded/u)
})

test('free space is told in whole units, rounded down', () => {
  assert.equal(freeWords(3 * mebibyte + 1), 'FULL: 3 MiB free')
  assert.equal(freeWords(700 * mebibyte), '700 MiB free')
  assert.equal(freeWords(11.5 * 1_024 * mebibyte), '11 GiB free')
})

test('it is asked of the disk itself, and unknown where there is nothing', () => {
  assert.ok((freeBytesAt(tmpdir()) ?? 0) > 0)
  assert.equal(freeBytesAt('/nonexistent/folder'), null)
})
