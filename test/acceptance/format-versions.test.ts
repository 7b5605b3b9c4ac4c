/**
 * The format as two programs read it that share no code: a segment and its records are of one known version, and both
 * agree on which bodies are packed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import type { Json } from '../../src/base/json.ts'
import type { Event } from '../../src/kernel/event.ts'
import { packableCases } from '../harness/packable-bodies.ts'
import { sha256 } from '../../src/base/hash.ts'
import { verifyFolder } from '../../proof/verify-ledger.mjs'
import { append, bench, fill, mustOpen } from '../../src/ledger/ledger-contract.ts'
import { memoryDisk } from '../../src/ledger/memory-disk.ts'
import { sampleEvent } from '../../src/ledger/sample-events.ts'
import { openSegmentLog } from '../../src/ledger/open.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'

const small = bench(4096)

/** A ledger of one batch whose segment says that it is of `version`; every hash is right. */
async function ledgerSaying(version: number): Promise<Map<string, Uint8Array>> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, small)
  await fill(ledger, small, [3])
  ledger.close()
  const segment = Buffer.from(disk.files.get('00000001.seg') ?? assert.fail())
  segment.writeUInt32LE(version, 8)
  segment.set(sha256(segment.subarray(0, 480)), 480)
  segment.copy(segment, 512 + 32, 480, 512)
  const end = 512 + segment.readUInt32LE(516)
  segment.set(sha256(segment.subarray(512, end - 32)), end - 32)
  return disk.files.set('00000001.seg', new Uint8Array(segment))
}

test('records of one version in a segment of another are damage, to both verifiers', async () => {
  const sound = await ledgerSaying(2)
  assert.deepEqual(verifyLedger(memoryDisk(sound)).problems, [])
  assert.deepEqual(verifyFolder(sound).problems, [])
  const mixed = await ledgerSaying(1)
  const [found] = verifyLedger(memoryDisk(mixed)).problems
  assert.equal(found?.code, 'damaged')
  assert.match(found.message, /not of the format version of its segment/)
  assert.match(verifyFolder(mixed).problems[0]?.message ?? '', /none of this format version/)
})

test('a later version is neither read nor written to', async () => {
  const later = await ledgerSaying(3)
  assert.equal(verifyLedger(memoryDisk(later)).problems[0]?.code, 'unsupported')
  const opened = await openSegmentLog(memoryDisk(later), small, () => undefined)
  assert.equal(opened.ok ? 'opens' : opened.error.code, 'unsupported')
  assert.match(verifyFolder(later).problems[0]?.message ?? '', /unknown format version/)
})

const plain = (body: object): string => canonicalJson(body as Json)

test('a verifier that shares no code agrees on which bodies are packed, and how', async () => {
  const options = bench(1024 * 1024)
  const drawn = fc.sample(packableCases, { numRuns: 400, seed: 7 }).filter(({ body }) => canBeWritten(body))
  const events = drawn.map(({ kind, body }, index) => {
    const event = sampleEvent(index + 2, options.vault, options.signer.publicKey)
    return { ...event, kind, body, payload: null } as unknown as Event
  })
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [1])
  assert.equal(await append(ledger, events), null)
  ledger.close()
  assert.deepEqual(verifyFolder(disk.files).problems, [])
  const { records } = await mustOpen(disk, options)
  const codecs = records.map(({ bytes }) => bytes[6] ?? 0)
  for (const codec of [2, 3])
    assert.ok(codecs.filter((found) => found === codec).length > 20, `codec ${codec}`)
  assert.deepEqual(
    records.slice(1).map(({ event }) => plain(event.body)),
    drawn.map(({ body }) => plain(body)),
  )
})

/** Only well-formed text is ever recorded. */
function canBeWritten(body: object): boolean {
  return JSON.stringify(body).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(body))
}
