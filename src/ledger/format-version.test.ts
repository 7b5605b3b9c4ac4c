/** Which format versions stand where: a segment and its records are of one version, and that is a known one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../base/hash.ts'
import { verifyFolder } from '../../proof/verify-ledger.mjs'
import { bench, fill, mustOpen } from './ledger-contract.ts'
import { memoryDisk } from './memory-disk.ts'
import { openSegmentLog } from './open.ts'
import { verifyLedger } from './verify.ts'

const options = bench(4096)

/** A ledger of one batch whose segment says that it is of `version`; every hash is right. */
async function ledgerSaying(version: number): Promise<Map<string, Uint8Array>> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [3])
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
  const opened = await openSegmentLog(memoryDisk(later), options, () => undefined)
  assert.equal(opened.ok ? 'opens' : opened.error.code, 'unsupported')
  assert.match(verifyFolder(later).problems[0]?.message ?? '', /unknown format version/)
})
