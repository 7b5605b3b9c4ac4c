/** Canons as files: the sealed one that comes with the code, and the copies in a home. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyholder, signatureOf } from '../../test/harness/canon-domain.ts'
import type { CanonDocument } from '../kernel/canon/document.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { firstEdition, foundingDigest } from '../kernel/canon/first-edition.ts'
import { canonPath, readCanonFile, readFoundingCanon, readPlainJson, writeCanonFile } from './canon-file.ts'

test('the canon that comes with the code is sealed in it, and has every article and rule', () => {
  const founding = readFoundingCanon()
  assert.ok(founding.ok, founding.ok ? '' : founding.error)
  assert.equal(digestOf(founding.value), foundingDigest)
  assert.deepEqual(
    founding.value.articles.map(({ name }) => name),
    [
      'human-sovereignty',
      'governance-by-design',
      'single-gate',
      'cognitive-scope',
      'transparency',
      'teaching-over-configuration',
      'provenance-of-memory',
      'stewardship',
      'learning-under-authority',
      'immutability',
    ],
  )
})

test('a home gives back the canon that it was given, and nothing that was touched', () => {
  const home = mkdtempSync(join(tmpdir(), 'custos-canon-'))
  try {
    const canon: CanonDocument = {
      ...firstEdition,
      version: 2,
      previous: 'a'.repeat(64),
      keyholders: [keyholder('a'), keyholder('b')],
      threshold: 2,
    }
    const signed = { canon, signatures: [signatureOf('a', canon), signatureOf('b', canon)] }
    writeCanonFile(home, signed)
    // What is read has no prototype: names in it can be any.
    assert.deepEqual(structuredClone(readCanonFile(home, 2)), { ok: true, value: signed })
    const path = canonPath(home, 2)
    writeFileSync(path, `${readFileSync(path, 'utf8')} `)
    assert.equal(readCanonFile(home, 2).ok, false, 'a blank more')
    assert.equal(readCanonFile(home, 3).ok, false, 'not there')
  } finally {
    rmSync(home, { recursive: true })
  }
})

test('a draft that different readers would read differently is no JSON', () => {
  assert.equal(readPlainJson('{ "a": 1,\n "b": [] }') === undefined, false)
  for (const text of ['{', '{"a":9007199254740993}', '"\\ud800"'])
    assert.equal(readPlainJson(text), undefined, text)
})
