/** What a domain is opened from: a snapshot and what came after it, or all of its ledger; never anything else. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { StoredDomain } from '../../test/harness/stored-domain.ts'
import { generateSigningKey, sign } from '../base/signature.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { firstEdition } from '../kernel/canon/first-edition.ts'
import { stateRoot } from '../kernel/root.ts'
import { keepSnapshot, makeSnapshot } from '../ledger/keeping/snapshot-store.ts'
import { readableFolder } from '../ledger/node-disk.ts'
import { verifyLedger } from '../ledger/verify.ts'
import { ownCode } from '../seal/own-code.ts'
import { stepsText } from './canon-steps.ts'

function domainOf(t: TestContext): StoredDomain {
  const domain = new StoredDomain()
  t.after(() => domain.dispose())
  return domain
}

const snapshotsOf = (domain: StoredDomain): string => join(domain.folder, 'snapshots')

/** Keeps the present state, signed by the ledger key or the one given. */
async function keep(domain: StoredDomain, key?: Uint8Array): Promise<number> {
  const { state } = domain.core
  const { ledger } = domain.opened
  const signer = key === undefined ? domain.opened : { sign: (bytes: Uint8Array) => sign(key, bytes) }
  const of = { domain: 'main', code: ownCode(), root: stateRoot(state), beside: stepsText([]) }
  await keepSnapshot(snapshotsOf(domain), state.seq, makeSnapshot(state, ledger.head, of, signer))
  return state.seq
}

test('a domain opens from its snapshot and goes on as if all of the ledger had been folded', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(150)
  await domain.seal()
  const at = await keep(domain)
  await domain.addAgents(60)
  await domain.close()
  const root = stateRoot(domain.core.state)
  const opened = await domain.open()
  assert.deepEqual([opened.foldedFrom, opened.remarks], [at, []])
  assert.equal(domain.core.state.agents.size, 210)
  await domain.addAgents(3)
  await domain.close()
  const later = stateRoot(domain.core.state)
  rmSync(snapshotsOf(domain), { recursive: true })
  const again = await domain.open()
  assert.equal(again.foldedFrom, 0)
  await domain.close()
  assert.notEqual(root, later)
  assert.ok(readdirSync(join(domain.folder, 'ledger')).filter((name) => name.endsWith('.seg')).length > 2)
  assert.deepEqual(verifyLedger(readableFolder(join(domain.folder, 'ledger'))).problems, [])
})

test('what is not a snapshot of this ledger by this key and code is passed over, with a remark', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(20)
  await domain.seal()
  const at = await keep(domain)
  await domain.close()
  const [name = ''] = readdirSync(snapshotsOf(domain))
  const good = readFileSync(join(snapshotsOf(domain), name))
  const opensWith = async (bytes: Uint8Array): Promise<readonly [number, string]> => {
    writeFileSync(join(snapshotsOf(domain), name), bytes)
    const opened = await domain.open()
    await domain.close()
    return [opened.foldedFrom, opened.remarks.join()]
  }
  assert.deepEqual(await opensWith(good), [at, ''])
  const changed = Buffer.from(good)
  changed[good.length - 30] = (changed[good.length - 30] ?? 0) ^ 1
  const [from, remarks] = await opensWith(changed)
  assert.equal(from, 0)
  assert.match(remarks, /is not used/)
})

test('a state that somebody planted without the ledger key is not believed', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(5)
  await domain.seal()
  const { state } = domain.core
  // An operator that no event enrolled, in a snapshot that is right in everything else.
  const [ada] = state.operators.values()
  assert.ok(ada !== undefined)
  state.operators.set(ada.id, { ...ada, publicKey: 'mallory' })
  await keep(domain, generateSigningKey())
  state.operators.set(ada.id, ada)
  await domain.close()
  const opened = await domain.open()
  assert.equal(opened.foldedFrom, 0)
  assert.match(opened.remarks.join(), /signature does not verify/)
  assert.equal(domain.core.state.operators.get(ada.id)?.publicKey, 'k')
  await domain.close()
})

test('a canon that no keyholder signed is not in force, even where the key of the ledger says so', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(5)
  await domain.seal()
  const { state } = domain.core
  const { domain: own } = state
  assert.ok(own !== null)
  const canon = { ...firstEdition, version: 2, previous: own.canonDigest, rules: [] }
  state.domain = { ...own, canon, canonDigest: digestOf(canon), canonVersion: 2 }
  await keep(domain)
  state.domain = own
  await domain.close()
  const opened = await domain.open()
  assert.equal(opened.foldedFrom, 0)
  assert.match(opened.remarks.join(), /came about as a canon may/)
  assert.equal(domain.core.state.domain?.canonVersion, 1)
  await domain.close()
})

test('a snapshot that is ahead of the ledger, or of another fork of it, is not used', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(5)
  await domain.close()
  const before = join(domain.home, 'before')
  for (const part of ['ledger', 'head'])
    cpSync(join(domain.folder, part), join(before, part), { recursive: true })
  await domain.open()
  await domain.addAgents(5)
  await domain.seal()
  await keep(domain)
  await domain.close()
  // Back to the earlier ledger, head and all: the snapshot is ahead of it.
  for (const part of ['ledger', 'head']) {
    rmSync(join(domain.folder, part), { recursive: true })
    cpSync(join(before, part), join(domain.folder, part), { recursive: true })
  }
  const opened = await domain.open()
  assert.equal(opened.foldedFrom, 0)
  assert.match(opened.remarks.join(), /not used/)
  domain.now += 7
  await domain.addAgents(8)
  await domain.close()
  // It has other events there now.
  const again = await domain.open()
  assert.equal(again.foldedFrom, 0)
  assert.match(again.remarks.join(), /not used/)
  await domain.close()
})

test('damage in what was folded into a snapshot is for verify to find, and in what came after stops the opening', async (t) => {
  const domain = domainOf(t)
  await domain.open()
  await domain.addAgents(200)
  await domain.seal()
  await keep(domain)
  await domain.addAgents(2)
  await domain.close()
  const first = join(domain.folder, 'ledger', '00000001.seg')
  const bytes = readFileSync(first)
  bytes[1_000] = (bytes[1_000] ?? 0) ^ 4
  writeFileSync(first, bytes)
  const opened = await domain.open()
  assert.ok(opened.foldedFrom > 0)
  await domain.close()
  assert.equal(verifyLedger(readableFolder(join(domain.folder, 'ledger'))).problems[0]?.file, '00000001.seg')
  writeFileSync(first, bytes.subarray(0, 4096))
  await assert.rejects(domain.open(), /cannot be opened/)
})
