/**
 * One byte of a ledger is changed, anywhere, in any way, a thousand times; a verifier that shares no code
 * with the writer finds all of them. A checkpoint kept elsewhere finds what no folder can tell of itself.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { verifyFolder } from '../../proof/verify-ledger.mjs'
import { bench, checkpoint, fill, mustOpen } from '../../src/ledger/ledger-contract.ts'
import { folderBlobs } from '../../src/ledger/blobs.ts'
import { nodeDisk } from '../../src/ledger/node-disk.ts'
import { sampleEntropy } from '../../src/ledger/sample-events.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'

type Files = Map<string, Uint8Array>

const trials = 1000
const home = mkdtempSync(join(tmpdir(), 'custos-tamper-'))
const folder = join(home, 'ledger')
const verifier = fileURLToPath(new URL('../../proof/verify-ledger.mjs', import.meta.url))
mkdirSync(join(home, 'blobs'))
const blobs = folderBlobs(join(home, 'blobs'))
const blob = (digest: string): Uint8Array | null => blobs.get(digest)
let files: Files = new Map()
let earlier: Files = new Map()
let kept = ''

const load = (): Files => new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))

function newestCheckpoint(number: number): string {
  const slots = readFileSync(join(folder, 'checkpoints'))
  const slot = slots.subarray(((number - 1) % 64) * 512)
  return slot.toString('utf8', 0, slot.indexOf(0))
}

before(async () => {
  const options = bench(32_768, blobs)
  const { ledger } = await mustOpen(nodeDisk(folder), options)
  const sizes = Array.from({ length: 60 }, (_, index) => 1 + ((index * 7) % 11))
  await fill(ledger, options, sizes.slice(0, 30))
  earlier = load()
  await fill(ledger, options, sizes.slice(30))
  assert.equal(await checkpoint(ledger, 1), null)
  kept = newestCheckpoint(7 + 7 + 1)
  ledger.close()
  files = load()
})

after(() => rmSync(home, { recursive: true }))

test('an untouched ledger is valid and sealed for both verifiers, which agree about it', () => {
  const report = verifyFolder(files, { blob, checkpoint: kept })
  assert.deepEqual(report.problems, [])
  assert.equal(report.valid && report.sealed, true)
  assert.ok(report.events > 300 && files.size > 5, `${report.events} events in ${files.size} files`)
  const ours = verifyLedger(nodeDisk(folder), { blobs, checkpoint: kept })
  assert.deepEqual(ours.problems, [])
  assert.equal(ours.sealed, true)
  assert.equal(ours.head.hash, report.head)
  assert.equal(ours.head.seq, report.events)
})

test(`${trials} of ${trials} random changes of one byte are found`, () => {
  const entropy = sampleEntropy('tamper')
  const draw = (below: number): number => Buffer.from(entropy.bytes(6)).readUIntLE(0, 6) % below
  const names = [...files.keys()].sort()
  const missed: string[] = []
  for (let trial = 0; trial < trials; trial++) {
    const name = names[draw(names.length)] ?? ''
    const bytes = files.get(name) ?? new Uint8Array()
    const offset = draw(bytes.length)
    const original = bytes[offset] ?? 0
    bytes[offset] = original ^ (1 + draw(255))
    if (verifyFolder(files).valid) missed.push(`${name}@${offset}`)
    bytes[offset] = original
  }
  assert.deepEqual(missed, [])
  assert.equal(verifyFolder(files).valid, true)
})

test('a folder put back as it was is valid by itself, and found out by a later checkpoint', () => {
  assert.equal(verifyFolder(earlier).valid, true)
  const report = verifyFolder(earlier, { checkpoint: kept })
  assert.equal(report.valid, false)
  assert.match(report.problems[0]?.message ?? '', /signs event \d+, but the ledger ends at event/)
})

test('the program says so with its exit status', () => {
  const run = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })
  const given = join(home, 'kept.txt')
  writeFileSync(given, kept)
  const good = run(folder, '--checkpoint', given, '--blobs', join(home, 'blobs'), '--json')
  assert.equal(good.status, 0, String(good.stderr))
  assert.equal(JSON.parse(String(good.stdout)).valid, true)
  const target = join(folder, '00000002.seg')
  const bytes = readFileSync(target)
  writeFileSync(target, Buffer.from(bytes).fill(bytes[700] === 1 ? 2 : 1, 700, 701))
  const bad = run(folder)
  assert.equal(bad.status, 1)
  assert.match(String(bad.stdout), /NOT VALID/)
  writeFileSync(target, bytes)
  assert.equal(run(folder).status, 0)
  assert.equal(run().status, 2)
  assert.equal(run(join(home, 'nowhere')).status, 2)
})
