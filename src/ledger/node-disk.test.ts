import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { folderBlobs } from './blobs.ts'
import { diskFailureOf } from './disk-failure.ts'
import { append, bench, fill, ledgerContract, mustOpen } from './ledger-contract.ts'
import { nodeDisk, readableFolder } from './node-disk.ts'
import { sampleBatch } from './sample-events.ts'
import { verifyLedger } from './verify.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'custos-ledger-'))

ledgerContract('node disk', () => {
  const home = folder()
  return { open: () => nodeDisk(join(home, 'ledger')), dispose: () => rmSync(home, { recursive: true }) }
})

test('a created file is all zeros, private, and leaves no draft; leftovers go when the folder is opened', async () => {
  const home = folder()
  try {
    writeFileSync(join(home, '00000002.seg.tmp'), 'left over')
    const disk = nodeDisk(home)
    assert.deepEqual(readdirSync(home), [])
    const file = await new Promise<unknown>((resolve) => disk.create('a', 2_500_000, resolve))
    assert.ok(typeof file === 'object' && file !== null && 'read' in file)
    assert.deepEqual(readdirSync(home), ['a'])
    assert.equal(statSync(join(home, 'a')).mode & 0o777, 0o600)
    assert.equal(statSync(join(home, 'a')).size, 2_500_000)
    const again = await new Promise((resolve) => disk.create('a', 1, resolve))
    assert.deepEqual(again, { code: 'io', message: 'a: a exists already' })
  } finally {
    rmSync(home, { recursive: true })
  }
})

test('what the operating system says becomes one of three failures', () => {
  const codes = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'].map((code) => {
    return diskFailureOf(Object.assign(new Error('no'), { code }), 'x').code
  })
  assert.deepEqual(codes, ['no-space', 'no-space', 'no-space', 'read-only', 'io'])
})

test('large payloads are files named by their digest and are missed by verification when gone', async () => {
  const home = folder()
  try {
    mkdirSync(join(home, 'blobs'))
    const options = bench(65_536, folderBlobs(join(home, 'blobs')))
    const { ledger } = await mustOpen(nodeDisk(join(home, 'ledger')), options)
    await fill(ledger, options, [40])
    const next = sampleBatch(41, 11, options.vault, options.signer.publicKey)
    assert.equal(await append(ledger, next), null)
    ledger.close()
    const report = verifyLedger(readableFolder(join(home, 'ledger')), { blobs: options.blobs })
    assert.deepEqual(report.problems, [])
    const shelf = readdirSync(join(home, 'blobs'))[0] ?? ''
    const blob = readdirSync(join(home, 'blobs', shelf))[0] ?? ''
    rmSync(join(home, 'blobs', shelf, blob))
    const without = verifyLedger(readableFolder(join(home, 'ledger')), { blobs: options.blobs })
    assert.equal(without.problems[0]?.file, blob)
  } finally {
    rmSync(home, { recursive: true })
  }
})
