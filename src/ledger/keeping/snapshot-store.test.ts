/** A snapshot is a cache: a good one saves the fold, and everything else is passed over. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { stateRoot } from '../../kernel/root.ts'
import type { State } from '../../kernel/state.ts'
import { sampleSigner } from '../sample-events.ts'
import { keepSnapshot, makeSnapshot, newestSnapshot, snapshotPositions } from './snapshot-store.ts'

const signer = sampleSigner('snapshots')
const trust = { domain: 'main', ledgerKey: signer.publicKey, code: 'c0de' }
const chain = 'ab'.repeat(32)

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'custos-snapshots-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function snapshotOf(state: State, changed: Partial<typeof trust> & { root?: string } = {}): Uint8Array {
  const of = { ...trust, root: stateRoot(state), beside: '["x"]', ...changed }
  return makeSnapshot(state, { seq: state.seq, hash: chain }, of, signer)
}

test('the newest one at or before a position is read, and only the newest three are kept', async (t) => {
  const path = folder(t)
  const domain = new SmallDomain()
  const kept: number[] = []
  for (const path_ of ['/a', '/b', '/c', '/d']) {
    domain.grant({ selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } })
    domain.call('tools/read', { path: path_ })
    kept.push(domain.state.seq)
    await keepSnapshot(path, domain.state.seq, snapshotOf(domain.state))
  }
  assert.deepEqual(snapshotPositions(path), kept.toReversed().slice(0, 3))
  const newest = newestSnapshot(path, trust)
  assert.ok(newest !== null)
  assert.deepEqual([newest.head, newest.beside], [{ seq: kept[3], hash: chain }, '["x"]'])
  assert.equal(stateRoot(newest.state), stateRoot(domain.state))
  assert.equal(newestSnapshot(path, trust, { atMost: (kept[3] ?? 0) - 1 })?.head.seq, kept[2])
  assert.equal(newestSnapshot(path, trust, { atMost: (kept[1] ?? 0) - 1 }), null)
})

test('a byte that was changed anywhere, and a cut anywhere, is found', async (t) => {
  const path = folder(t)
  const { state } = new SmallDomain()
  const whole = snapshotOf(state)
  await keepSnapshot(path, state.seq, whole)
  const [name = ''] = readdirSync(path)
  const isUsed = (bytes: Uint8Array): boolean => {
    writeFileSync(join(path, name), bytes)
    return newestSnapshot(path, trust) !== null
  }
  assert.ok(isUsed(whole))
  for (let at = 0; at < whole.length; at += 53) {
    const changed = Uint8Array.from(whole)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    assert.ok(!isUsed(changed), `byte ${at}`)
    assert.ok(!isUsed(whole.subarray(0, at)), `cut at ${at}`)
  }
  assert.ok(!isUsed(Buffer.concat([whole, Buffer.alloc(1)])))
  assert.ok(isUsed(whole))
})

test('one of another domain, key, code, position or root is passed over, with the reason', async (t) => {
  const path = folder(t)
  const { state } = new SmallDomain()
  const stranger = sampleSigner('stranger')
  const head = { seq: state.seq, hash: chain }
  const of = { ...trust, root: stateRoot(state), beside: '' }
  const cases: readonly (readonly [RegExp, Uint8Array])[] = [
    [/signature/, makeSnapshot(state, head, of, stranger)],
    [/wrong name/, snapshotOf(state, { domain: 'other' })],
    [/other code/, snapshotOf(state, { code: 'older' })],
    [/another state/, snapshotOf(state, { root: '0'.repeat(64) })],
    [/does not begin/, Buffer.from('hello')],
  ]
  for (const [why, bytes] of cases) {
    await keepSnapshot(path, state.seq, bytes)
    const told: string[] = []
    assert.equal(newestSnapshot(path, trust, { ignored: (reason) => told.push(reason) }), null)
    assert.match(told.join(), why)
  }
  await keepSnapshot(path, state.seq + 1, snapshotOf(state))
  assert.equal(newestSnapshot(path, trust), null)
})

test('a draft that a crash left behind is removed with the next one, and is never read', async (t) => {
  const path = folder(t)
  const { state } = new SmallDomain()
  writeFileSync(join(path, '0000000000000009.snap.tmp'), snapshotOf(state))
  assert.equal(newestSnapshot(path, trust), null)
  await keepSnapshot(path, state.seq, snapshotOf(state))
  assert.equal(readdirSync(path).length, 1)
  assert.ok(readFileSync(join(path, readdirSync(path)[0] ?? '')).length > 0)
})
