/** The golden ledger of version 1: what was once written is read for ever, and is still written the same. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseBody, verifyFolder } from '../../proof/verify-ledger.mjs'
import { bench } from '../../src/ledger/ledger-contract.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { openPayload } from '../../src/ledger/payload.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { goldenLedger } from '../fixtures/golden-ledger.ts'
import { escapedNameTexts } from '../harness/escaped-names.ts'

const home = fileURLToPath(new URL('../fixtures/golden-ledger-v1', import.meta.url))
const head = '9a8df0fbdc12a69c16a1f72306f7bab5461971adf6b898ba2a42da2eceb9b31d'

const filesOf = (folder: string): Map<string, Uint8Array> => {
  const entries = readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(files.map((file) => [file.name, readFileSync(join(file.parentPath, file.name))]))
}

test('both verifiers accept the golden ledger and find its known end', () => {
  const blobs = filesOf('blobs')
  const theirs = verifyFolder(filesOf('ledger'), { blob: (digest) => blobs.get(digest) ?? null })
  assert.deepEqual(theirs.problems, [])
  const ours = verifyLedger(readableFolder(join(home, 'ledger')))
  assert.deepEqual(ours.problems, [])
  for (const report of [theirs, ours]) assert.equal(report.events === 60 && report.sealed, true)
  assert.equal(theirs.head, head)
  assert.equal(ours.head.hash, head)
})

test('every payload of the golden ledger still opens', () => {
  const { vault } = bench(16_384)
  const blobs = filesOf('blobs')
  const store = { get: (digest: string) => blobs.get(digest) ?? null, put: () => assert.fail('read only') }
  const records = new LedgerReader(readableFolder(join(home, 'ledger'))).range(1, 100)
  assert.ok(records.ok && records.value.length === 60)
  for (const record of records.value) {
    if (record.event.payload !== null) assert.equal(openPayload(record, vault, store).ok, true)
  }
})

test('writing the same events writes the same bytes', async () => {
  const { files, blobs } = await goldenLedger()
  const plain = (map: ReadonlyMap<string, Uint8Array>): unknown =>
    Object.fromEntries([...map].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]))
  assert.deepEqual(plain(files), plain(filesOf('ledger')))
  assert.deepEqual(plain(blobs), plain(filesOf('blobs')))
})

test('the proof reads the names in a body as they were written, however they are escaped', () => {
  for (const { text, names } of escapedNameTexts())
    assert.ok(Object.keys(parseBody(text) as object).join(' ') === names.join(' '), text)
  const nested = '{"":{"\\"":[1,-2.5,true,null,"a\\\\\\"b"],"\\n":{}},"b":[],"c":[{"\\t":"}"},"]"]}'
  assert.equal(JSON.stringify(parseBody(nested)), nested)
})
