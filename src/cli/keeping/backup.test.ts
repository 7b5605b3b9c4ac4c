/** Backups of a ledger that is in use, and what can be made of them. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { StoredDomain } from '../../../test/harness/stored-domain.ts'
import { systemEntropy } from '../../machine/system-entropy.ts'
import { openDomain } from '../../machine/open-domain.ts'
import { id } from '../../base/ids.ts'
import type { Instant } from '../../base/ids.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import { LedgerReader } from '../../ledger/reader.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { backUp } from './backup.ts'
import { archiveSegments, sealedSegments } from './archive.ts'
import { restoreBackup } from './restore.ts'

async function running(t: TestContext): Promise<{ domain: StoredDomain; to: string; ledgerKey: string }> {
  const domain = new StoredDomain(16_384)
  t.after(() => domain.dispose())
  const { ledgerKey } = await domain.open()
  await domain.addAgents(40)
  await domain.seal()
  return { domain, to: join(domain.home, 'backup'), ledgerKey }
}

const verified = (folder: string): readonly [number, boolean, readonly unknown[]] => {
  const { events, sealed, problems } = verifyLedger(readableFolder(join(folder, 'ledger')))
  return [events, sealed, problems]
}

test('a backup of a running domain is a ledger that verifies, up to the checkpoint that it states', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  const { durable } = domain.opened.ledger
  const writing = domain.addAgents(25)
  const report = await backUp(domain.folder, to, { ledgerKey })
  await writing
  assert.ok(report.checkpoint.seq >= durable && report.segmentsCopied > 1)
  assert.deepEqual(verified(to), [report.checkpoint.seq, true, []])
  assert.deepEqual(
    verifyLedger(readableFolder(join(to, 'ledger')), { checkpoint: report.checkpoint.text }).problems,
    [],
  )
  assert.ok(!existsSync(join(to, 'keys')))
  const key = readFileSync(join(domain.home, 'keys', 'main.ledger'))
  for (const name of readdirSync(to, { recursive: true, encoding: 'utf8' }))
    if (!existsSync(join(to, name, '.'))) assert.ok(!readFileSync(join(to, name)).includes(key), name)
  await domain.close()
})

test('the next one copies what is new, and again what was damaged meanwhile', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  const first = await backUp(domain.folder, to, { ledgerKey })
  await domain.addAgents(30)
  await domain.close()
  const second = await backUp(domain.folder, to, { ledgerKey })
  assert.ok(second.segmentsKept >= 1 && second.segmentsCopied < first.segmentsCopied + 2)
  assert.deepEqual(verified(to), [second.checkpoint.seq, true, []])
  const path = join(to, 'ledger', '00000001.seg')
  const bytes = readFileSync(path)
  bytes[1_500] = (bytes[1_500] ?? 0) ^ 2
  writeFileSync(path, bytes)
  const third = await backUp(domain.folder, to, { ledgerKey })
  assert.equal(third.segmentsKept, second.segmentsKept + second.segmentsCopied - 2)
  assert.deepEqual(verified(to), [second.checkpoint.seq, true, []])
})

test('a ledger that was put back, or went another way, is not backed up over the history it had', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  await domain.close()
  const before = join(domain.home, 'before')
  cpSync(domain.folder, before, { recursive: true })
  await domain.open()
  await domain.addAgents(5)
  await domain.close()
  await backUp(domain.folder, to, { ledgerKey })
  rmSync(domain.folder, { recursive: true })
  cpSync(before, domain.folder, { recursive: true })
  await assert.rejects(backUp(domain.folder, to, { ledgerKey }), /put back/)
  await domain.open()
  domain.now += 99_000
  await domain.addAgents(9)
  await domain.close()
  await assert.rejects(backUp(domain.folder, to, { ledgerKey }), /another history/)
  const stranger = new StoredDomain(16_384)
  t.after(() => stranger.dispose())
  const opened = await stranger.open()
  await stranger.close()
  await assert.rejects(backUp(stranger.folder, to, { ledgerKey: opened.ledgerKey }), /something else/)
})

test('archived segments are backed up from where they are', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  await domain.close()
  const sealed = sealedSegments(domain.folder).slice(0, 1)
  await archiveSegments(domain.folder, sealed, { to: join(domain.home, 'old'), domain: 'main', ledgerKey })
  const { checkpoint } = await backUp(domain.folder, to, { ledgerKey })
  assert.deepEqual(verified(to), [checkpoint.seq, true, []])
})

test('a restored copy is the ledger at that moment, and no kernel writes to it', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  const { seq: middle, at } = domain.core.state
  await domain.addAgents(10)
  await domain.close()
  const { checkpoint } = await backUp(domain.folder, to, { ledgerKey })
  const points = [{}, { seq: middle }, { at }, { at: at + 500 }, { seq: 3 }] as const
  const expected = [checkpoint.seq, middle, middle, middle, 3]
  for (const [index, point] of points.entries()) {
    const home = join(domain.home, `restored${index}`)
    // oxlint-disable-next-line no-await-in-loop -- one after another is easier to read
    const report = await restoreBackup(to, home, point)
    const seq = expected[index] ?? 0
    assert.deepEqual([report.seq, report.of], [seq, checkpoint.seq])
    const folder = join(home, 'domains', 'main')
    assert.deepEqual(verified(folder), [seq, index === 0, []])
    const last = new LedgerReader(readableFolder(join(folder, 'ledger'))).at(seq)
    assert.ok(last.ok && last.value !== null)
    cpSync(join(domain.home, 'keys'), join(home, 'keys'), { recursive: true })
    const clock = { now: () => id<Instant>(0) }
    // oxlint-disable-next-line no-await-in-loop -- the same
    const opened = await openDomain(home, 'main', { clock, entropy: systemEntropy() })
    assert.ok(!opened.ok && opened.error.includes('for reading only'))
    if (index > 0) continue
    // Without the mark it still takes an operator: nothing says that this is the end.
    rmSync(join(folder, 'restored.json'))
    // oxlint-disable-next-line no-await-in-loop -- the same
    const unmarked = await openDomain(home, 'main', { clock, entropy: systemEntropy() })
    assert.ok(!unmarked.ok && unmarked.error.includes('custos ledger accept-loss'))
  }
  await assert.rejects(restoreBackup(to, join(domain.home, 'restored0')), /not empty/)
  await assert.rejects(restoreBackup(to, join(domain.home, 'early'), { at: 5 }), /begins later/)
})

test('a backup that does not verify is not restored', async (t) => {
  const { domain, to, ledgerKey } = await running(t)
  await domain.close()
  await backUp(domain.folder, to, { ledgerKey })
  const path = join(to, 'ledger', '00000001.seg')
  const bytes = readFileSync(path)
  bytes[900] = (bytes[900] ?? 0) ^ 2
  writeFileSync(path, bytes)
  await assert.rejects(restoreBackup(to, join(domain.home, 'restored')), /does not verify/)
  assert.ok(!existsSync(join(domain.home, 'restored')))
})
