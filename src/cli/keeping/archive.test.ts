/** Segments that are moved away: nothing is lost on the way, and what needs them says so. */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { StoredDomain } from '../../../test/harness/stored-domain.ts'
import { stateRoot } from '../../kernel/root.ts'
import { ownCode } from '../../seal/own-code.ts'
import { LedgerReader } from '../../ledger/reader.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { readArchiveList, writeArchiveList } from '../../ledger/keeping/archive-list.ts'
import { ArchiveAway } from '../../ledger/keeping/keeping-problem.ts'
import { archiveSegments, restoreSegments, sealedSegments } from './archive.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import { keepSnapshot, makeSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import { verifiable } from './verifiable.ts'
import { stepsText } from '../../machine/canon-steps.ts'

/** A closed domain of several segments, with a snapshot near its end, and the folder that it is archived to. */
async function archived(t: TestContext): Promise<{ domain: StoredDomain; to: string; root: string }> {
  const domain = new StoredDomain(16_384)
  t.after(() => domain.dispose())
  await domain.open()
  await domain.addAgents(80)
  await domain.seal()
  const { state } = domain.core
  const { ledger } = domain.opened
  const of = { domain: 'main', code: ownCode(), root: stateRoot(state), beside: stepsText([]) }
  await keepSnapshot(
    join(domain.folder, 'snapshots'),
    state.seq,
    makeSnapshot(state, ledger.head, of, domain.opened),
  )
  await domain.addAgents(3)
  const to = join(domain.home, 'archive')
  const sealed = sealedSegments(domain.folder)
  assert.ok(sealed.length >= 4)
  // The domain is open meanwhile.
  const ledgerKey = domain.opened.ledgerKey
  await archiveSegments(domain.folder, sealed.slice(0, 3), { to, domain: 'main', ledgerKey })
  await domain.addAgents(2)
  await domain.close()
  return { domain, to, root: stateRoot(domain.core.state) }
}

const segmentsIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.seg'))

test('archived segments are read, verified and folded where they are', async (t) => {
  const { domain, to, root } = await archived(t)
  assert.deepEqual(segmentsIn(to), ['00000001.seg', '00000002.seg', '00000003.seg'])
  assert.ok(!segmentsIn(join(domain.folder, 'ledger')).includes('00000003.seg'))
  const report = verifyLedger(ledgerDisk(domain.folder))
  assert.deepEqual([report.problems, report.sealed], [[], true])
  const first = new LedgerReader(ledgerDisk(domain.folder)).at(1)
  assert.ok(first.ok && first.value?.event.kind === 'domain.created')
  rmSync(join(domain.folder, 'snapshots'), { recursive: true })
  const opened = await domain.open()
  assert.equal(opened.foldedFrom, 0)
  assert.equal(domain.core.state.agents.size, 85)
  assert.notEqual(stateRoot(domain.core.state), root)
  await domain.close()
})

test('with the archive away a domain opens from its snapshot, verifies from there on, and says what is missing', async (t) => {
  const { domain, to } = await archived(t)
  renameSync(to, `${to}-elsewhere`)
  const opened = await domain.open()
  assert.ok(opened.foldedFrom > 0)
  await domain.addAgents(1)
  assert.equal(domain.opened.payloadAt(1), null)
  await domain.close()
  const { disk, from } = verifiable(domain.folder)
  assert.ok(from !== undefined)
  const report = verifyLedger(disk, { from })
  assert.deepEqual([report.problems, report.sealed], [[], true])
  assert.throws(() => new LedgerReader(ledgerDisk(domain.folder)).at(1), ArchiveAway)
  rmSync(join(domain.folder, 'snapshots'), { recursive: true })
  await assert.rejects(domain.open(), /archived in .*custos ledger restore/)
})

test('a history that was cut at the archive does not verify', async (t) => {
  const { domain, to } = await archived(t)
  const path = join(domain.folder, 'ledger', '00000004.seg')
  rmSync(to, { recursive: true })
  const list = readArchiveList(domain.folder)
  assert.ok(list.ok && list.value !== null)
  const segments = list.value.segments.map((segment) => ({ ...segment, chain: 'ab'.repeat(32) }))
  writeArchiveList(domain.folder, { ...list.value, segments })
  const { disk, from } = verifiable(domain.folder)
  assert.ok(from !== undefined && existsSync(path))
  assert.match(verifyLedger(disk, { from }).problems[0]?.message ?? '', /does not continue the chain/)
})

test('segments come back, whole or not at all', async (t) => {
  const { domain, to, root } = await archived(t)
  const second = join(to, '00000002.seg')
  const good = readFileSync(second)
  const changed = Buffer.from(good)
  changed[700] = (changed[700] ?? 0) ^ 1
  writeFileSync(second, changed)
  await assert.rejects(restoreSegments(domain.folder, null), /digest is another/)
  // The one after it is back already, and the list says so.
  assert.ok(segmentsIn(join(domain.folder, 'ledger')).includes('00000003.seg'))
  const list = readArchiveList(domain.folder)
  assert.ok(list.ok && list.value?.segments.length === 2)
  writeFileSync(second, good)
  assert.equal(await restoreSegments(domain.folder, null), 2)
  rmSync(to, { recursive: true })
  assert.deepEqual(verifyLedger(ledgerDisk(domain.folder)).problems, [])
  rmSync(join(domain.folder, 'snapshots'), { recursive: true })
  await domain.open()
  assert.ok(domain.core.state.agents.size === 85 && root !== '')
  await domain.close()
})

test('after a crash between the list and the removal the next archiving goes on, and only over a good copy', async (t) => {
  const { domain, to } = await archived(t)
  const ledger = join(domain.folder, 'ledger')
  copyFileSync(join(to, '00000003.seg'), join(ledger, '00000003.seg'))
  const again = sealedSegments(domain.folder).filter(({ ordinal }) => ordinal === 3)
  const options = { to, domain: 'main', ledgerKey: domain.opened.ledgerKey }
  const good = readFileSync(join(to, '00000003.seg'))
  writeFileSync(join(to, '00000003.seg'), good.subarray(0, 4096))
  await assert.rejects(archiveSegments(domain.folder, again, options), /archived copy/)
  assert.ok(existsSync(join(ledger, '00000003.seg')))
  writeFileSync(join(to, '00000003.seg'), good)
  await archiveSegments(domain.folder, again, options)
  assert.ok(!existsSync(join(ledger, '00000003.seg')))
  assert.deepEqual(verifyLedger(ledgerDisk(domain.folder)).problems, [])
})

test('a list that is damaged stops every reader instead of hiding segments', async (t) => {
  const { domain } = await archived(t)
  writeFileSync(join(domain.folder, 'archived.json'), '{}')
  assert.throws(() => ledgerDisk(domain.folder), /damaged/)
  await assert.rejects(domain.open(), /damaged/)
})
