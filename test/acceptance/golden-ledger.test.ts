/** The golden ledgers: what was once written is read for ever, and the present version is still written the same. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseBody, verifyFolder } from '../../proof/verify-ledger.mjs'
import type { Event } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import { stateBytes } from '../../src/kernel/snapshot/state-bytes.ts'
import { initialState } from '../../src/kernel/state.ts'
import { exportLine } from '../../src/ledger/export.ts'
import { append, bench, fill, mustOpen } from '../../src/ledger/ledger-contract.ts'
import { memoryDisk } from '../../src/ledger/memory-disk.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { openPayload, sealPayloads } from '../../src/ledger/payload.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import type { LedgerRecord } from '../../src/ledger/record.ts'
import { readRecord } from '../../src/ledger/record.ts'
import { sampleBatch } from '../../src/ledger/sample-events.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { encodeRecord } from '../../src/ledger/write-record.ts'
import { goldenLedger } from '../fixtures/golden-ledger.ts'
import { escapedNameTexts } from '../harness/escaped-names.ts'

const heads = {
  1: '9a8df0fbdc12a69c16a1f72306f7bab5461971adf6b898ba2a42da2eceb9b31d',
  2: '8a7cc9ed6884b44f0f7d300026e6df4dda664cc30bb6f5a7ceef0e4f7f193390',
} as const
const versions = [1, 2] as const
type Version = (typeof versions)[number]

const homeOf = (version: Version): string =>
  fileURLToPath(new URL(`../fixtures/golden-ledger-v${version}`, import.meta.url))

const filesOf = (version: Version, folder: string): Map<string, Uint8Array> => {
  const entries = readdirSync(join(homeOf(version), folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(files.map((file) => [file.name, readFileSync(join(file.parentPath, file.name))]))
}

function recordsOf(version: Version): readonly LedgerRecord[] {
  const records = new LedgerReader(readableFolder(join(homeOf(version), 'ledger'))).range(1, 100)
  assert.ok(records.ok && records.value.length === 60)
  return records.value
}

for (const version of versions) {
  test(`both verifiers accept the golden ledger of version ${version} and find its known end`, () => {
    const blobs = filesOf(version, 'blobs')
    const theirs = verifyFolder(filesOf(version, 'ledger'), { blob: (digest) => blobs.get(digest) ?? null })
    assert.deepEqual(theirs.problems, [])
    const ours = verifyLedger(readableFolder(join(homeOf(version), 'ledger')))
    assert.deepEqual(ours.problems, [])
    for (const report of [theirs, ours]) assert.equal(report.events === 60 && report.sealed, true)
    assert.equal(theirs.head, heads[version])
    assert.equal(ours.head.hash, heads[version])
  })

  test(`every payload of the golden ledger of version ${version} still opens`, () => {
    const { vault } = bench(16_384)
    const blobs = filesOf(version, 'blobs')
    const store = { get: (digest: string) => blobs.get(digest) ?? null, put: () => assert.fail('read only') }
    for (const record of recordsOf(version)) {
      if (record.event.payload !== null) assert.equal(openPayload(record, vault, store).ok, true)
    }
  })
}

test('writing the same events writes the same bytes', async () => {
  const { files, blobs } = await goldenLedger()
  const plain = (map: ReadonlyMap<string, Uint8Array>): unknown =>
    Object.fromEntries([...map].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]))
  assert.deepEqual(plain(files), plain(filesOf(2, 'ledger')))
  assert.deepEqual(plain(blobs), plain(filesOf(2, 'blobs')))
})

test('the same events are the same in both versions, whatever bytes stand for them', () => {
  const lines = (version: Version): readonly string[] =>
    recordsOf(version).map((record) => exportLine('main', record).replace(/"digest":"[0-9a-f]{64}"/, ''))
  assert.deepEqual(lines(2), lines(1))
})

test('a history that was written and read again folds to the roots it was signed with', () => {
  const state = initialState()
  const { vault } = bench(16_384)
  const fixture = new URL('../fixtures/state-roots-v1.jsonl', import.meta.url)
  const passed = initialState()
  const codecs = new Set<number>()
  for (const line of readFileSync(fixture, 'utf8').trimEnd().split('\n')) {
    const { event, root } = JSON.parse(line) as { event: Event; root: string }
    const payload = event.payload && { ...event.payload, bytes: new Uint8Array(event.payload.length) }
    const [stored = null] = sealPayloads([{ ...event, payload }], vault).stored
    const bytes = encodeRecord(event, stored)
    const read = readRecord(bytes, 0, bytes.length, event.seq)
    assert.ok(read.ok, `${event.seq} ${event.kind}`)
    evolve(state, read.value.event)
    assert.equal(stateRoot(state), root, `after ${event.seq} ${event.kind}`)
    evolve(passed, read.value.fleeting)
    assert.equal(stateRoot(passed), root, `after a fleeting ${event.seq} ${event.kind}`)
    assert.ok(Buffer.from(stateBytes(passed)).equals(stateBytes(state)))
    codecs.add(bytes[6] ?? 0)
  }
  assert.deepEqual(codecs, new Set([3, 2]))
})

test('a ledger of version 1 goes on in segments of version 2, and no byte of it is changed', async () => {
  const files = filesOf(1, 'ledger')
  const before = new Map([...files].map(([name, bytes]) => [name, Buffer.from(bytes)]))
  const disk = memoryDisk(files)
  const blobs = filesOf(1, 'blobs')
  const options = bench(16_384, {
    get: (digest) => blobs.get(digest) ?? null,
    put: (digest, sealed, done) => queueMicrotask(() => (blobs.set(digest, sealed), done(null))),
  })
  const { ledger, head } = await mustOpen(disk, options)
  assert.equal(head.hash, heads[1])
  const next = sampleBatch(61, 3, options.vault, options.signer.publicKey)
  assert.equal(await append(ledger, next), null)
  await fill(ledger, options, [5, 20, 20, 30])
  ledger.close()
  assert.deepEqual(verifyLedger(disk, { blobs: options.blobs }).problems, [])
  const blob = (digest: string): Uint8Array | null => blobs.get(digest) ?? null
  assert.deepEqual(verifyFolder(disk.files, { blob }).problems, [])
  const versionOf = (name: string): number => disk.files.get(name)?.[8] ?? 0
  for (const [name, bytes] of before) {
    if (name.endsWith('.seg') && bytes[0] !== 0)
      assert.deepEqual(Buffer.from(disk.files.get(name) ?? []), bytes)
  }
  const segments = [...disk.files.keys()].filter((name) => name.endsWith('.seg')).sort()
  const begun = segments.map(versionOf).filter((version) => version !== 0)
  assert.deepEqual([...new Set(begun)], [1, 2])
  const again = await mustOpen(disk, options)
  assert.equal(again.records.length, 60 + 78)
  assert.deepEqual([...new Set(again.records.map((record) => record.version))], [1, 2])
})

test('the proof reads the names in a body as they were written, however they are escaped', () => {
  for (const { text, names } of escapedNameTexts())
    assert.ok(Object.keys(parseBody(text) as object).join(' ') === names.join(' '), text)
  const nested = '{"":{"\\"":[1,-2.5,true,null,"a\\\\\\"b"],"\\n":{}},"b":[],"c":[{"\\t":"}"},"]"]}'
  assert.equal(JSON.stringify(parseBody(nested)), nested)
})
