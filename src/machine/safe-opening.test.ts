/** What keeps a domain's ledger safe when it is opened: the mirror, the head record, and an operator's word. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { StoredDomain } from '../../test/harness/stored-domain.ts'
import { sha256 } from '../base/hash.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import { readableFolder } from '../ledger/node-disk.ts'
import { doubtOf } from '../ledger/open.ts'
import { scanSegments } from '../ledger/scan.ts'
import { writeSafeguards } from '../ledger/safety/safeguards-file.ts'
import { lossRecord, readAcceptedLoss, writeAcceptedLoss } from './accepted-loss.ts'

const operatorKey = sha256('the key of ada')
const segment = '00000001.seg'

function domainOf(t: TestContext): { domain: StoredDomain; ledger: string; mirror: string } {
  const domain = new StoredDomain(65_536, publicKeyOf(operatorKey))
  t.after(() => domain.dispose())
  const mirror = join(domain.home, 'mirror')
  mkdirSync(mirror)
  return { domain, ledger: join(domain.folder, 'ledger'), mirror }
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 4
  writeFileSync(path, bytes)
}

function assertSame(first: string, second: string): void {
  assert.deepEqual(readdirSync(first), readdirSync(second))
  for (const name of readdirSync(first))
    assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name)
}

test('a mirror gets everything, and gives back what the ledger lost; both is recorded', async (t) => {
  const { domain, ledger, mirror } = domainOf(t)
  await domain.open()
  await domain.addAgents(5)
  await domain.close()
  writeSafeguards(domain.folder, { head: null, mirror, goesOnWithoutMirror: false })
  const { outcome } = await domain.open()
  assert.ok(outcome.recovery?.repaired.every(({ copy, before }) => copy === 'mirror' && before === null))
  assert.deepEqual(domain.core.state.safeguards, { head: true, mirror: 'kept' })
  await domain.addAgents(5)
  const { seq } = domain.core.state
  await domain.close()
  assertSame(ledger, join(mirror, 'ledger'))
  flip(join(ledger, segment), 900)
  rmSync(join(ledger, 'checkpoints'))
  const repaired = await domain.open()
  assert.deepEqual(
    repaired.outcome.recovery?.repaired.map(({ copy, file, bytes }) => [copy, file, bytes]),
    [
      ['ledger', segment, 1],
      ['ledger', 'checkpoints', 32_768],
    ],
  )
  assert.equal(domain.core.state.seq, seq + 1)
  await domain.close()
  assertSame(ledger, join(mirror, 'ledger'))
})

test('without the mirror that was chosen nothing starts, unless going on was chosen too', async (t) => {
  const { domain, mirror } = domainOf(t)
  mkdirSync(domain.folder, { recursive: true })
  writeSafeguards(domain.folder, { head: null, mirror, goesOnWithoutMirror: false })
  await domain.open()
  await domain.addAgents(2)
  await domain.close()
  renameSync(mirror, `${mirror}-away`)
  assert.match((await domain.whyNot()) ?? '', /mirror .* is not there: .*custos ledger mirror --off/)
  writeSafeguards(domain.folder, { head: null, mirror, goesOnWithoutMirror: true })
  const { outcome, remarks } = await domain.open()
  assert.equal(outcome.safeguards.mirror, 'lost')
  assert.match(remarks.join('\n'), /goes on without its mirror/)
  await domain.addAgents(1)
  await domain.close()
  renameSync(`${mirror}-away`, mirror)
  await domain.open()
  assert.equal(domain.core.state.safeguards?.mirror, 'kept')
  await domain.close()
  assertSame(join(domain.folder, 'ledger'), join(mirror, 'ledger'))
})

test('a mirror of another history is not mixed in', async (t) => {
  const { domain, mirror } = domainOf(t)
  await domain.open()
  await domain.close()
  const other = domainOf(t).domain
  await other.open()
  await other.close()
  renameSync(join(other.folder, 'ledger'), join(mirror, 'ledger'))
  writeSafeguards(domain.folder, { head: null, mirror, goesOnWithoutMirror: false })
  const before = readFileSync(join(domain.folder, 'ledger', segment))
  assert.match((await domain.whyNot()) ?? '', /begin differently/)
  assert.ok(readFileSync(join(domain.folder, 'ledger', segment)).equals(before))
})

test('a doubtful end is given up only by the signature of an operator over exactly that', async (t) => {
  const { domain, ledger } = domainOf(t)
  await domain.open()
  await domain.addAgents(3)
  await domain.seal()
  await domain.addAgents(1)
  const { seq } = domain.core.state
  const operator = [...domain.core.state.operators.keys()][0] ?? assert.fail()
  domain.abandon()
  const bytes = readFileSync(join(ledger, segment))
  flip(join(ledger, segment), bytes.lastIndexOf(Buffer.from('CBAT')) + 120)
  assert.match((await domain.whyNot()) ?? '', /may have been acknowledged .*custos ledger accept-loss/)
  const scan = scanSegments(readableFolder(ledger), { record: () => undefined, batchEnd: () => undefined })
  assert.ok(scan.ok && scan.value.unfinished !== null)
  const doubt = doubtOf(scan.value.unfinished)
  assert.equal(doubt.seq, seq)
  const accept = (record: string, key: Uint8Array): void =>
    writeAcceptedLoss(domain.folder, { record, signature: sign(key, Buffer.from(record)) })
  for (const [record, key] of [
    [lossRecord('main', operator, doubt), sha256('the key of eve')],
    [lossRecord('other', operator, doubt), operatorKey],
    [lossRecord('main', operator, { ...doubt, seq: seq - 1 }), operatorKey],
    [lossRecord('main', operator, { ...doubt, digest: '0'.repeat(64) }), operatorKey],
  ] as const) {
    accept(record, key)
    // oxlint-disable-next-line no-await-in-loop -- one attempt after another
    assert.match((await domain.whyNot()) ?? '', /accept-loss/)
  }
  accept(lossRecord('main', operator, doubt), operatorKey)
  const { outcome } = await domain.open()
  assert.equal(outcome.recovery?.setAside?.doubtful, true)
  assert.equal(outcome.recovery.accepted?.record, lossRecord('main', operator, doubt))
  outcome.settled()
  assert.equal(readAcceptedLoss(domain.folder), null)
  assert.ok(readdirSync(ledger).some((name) => name.startsWith('torn-')))
  assert.equal(domain.core.state.seq, seq, 'the boot stands where the doubtful event stood')
  await domain.close()
})

test('a ledger that had a head record is not opened without it, unless an operator signs that', async (t) => {
  const { domain } = domainOf(t)
  await domain.open()
  await domain.addAgents(2)
  const operator = [...domain.core.state.operators.keys()][0] ?? assert.fail()
  await domain.seal()
  const { seq, hash } = domain.opened.ledger.head
  await domain.close()
  rmSync(join(domain.folder, 'head'), { recursive: true })
  assert.match((await domain.whyNot()) ?? '', /head record is missing/)
  const record = lossRecord('main', operator, { what: 'head', seq, digest: hash })
  writeAcceptedLoss(domain.folder, { record, signature: sign(operatorKey, Buffer.from(record)) })
  assert.equal(await domain.whyNot(), null)
  assert.equal(readdirSync(join(domain.folder, 'head')).length, 1)
})
