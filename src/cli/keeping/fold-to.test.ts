/** The state at any position, from wherever the fold began. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoredDomain } from '../../../test/harness/stored-domain.ts'
import { stateRoot } from '../../kernel/root.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import type { ReadSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import { keepSnapshot, makeSnapshot, newestSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import { foldTo } from './fold-to.ts'

test('the state at a position is the same from a snapshot and from the beginning', async (t) => {
  const domain = new StoredDomain(16_384)
  t.after(() => domain.dispose())
  await domain.open()
  await domain.addAgents(40)
  const { state } = domain.core
  const trust = { domain: 'main', ledgerKey: domain.opened.ledgerKey, code: 'c' }
  const snapshots = join(domain.home, 'snapshots')
  const of = { ...trust, root: stateRoot(state), beside: '' }
  await keepSnapshot(snapshots, state.seq, makeSnapshot(state, domain.opened.ledger.head, of, domain.opened))
  const at = state.seq
  await domain.addAgents(40)
  const disk = ledgerDisk(domain.folder)
  const roots = new Map<number, string>()
  const whole = foldTo(disk, state.seq, {
    snapshot: null,
    ended: (folded) => void roots.set(folded.seq, stateRoot(folded)),
  })
  assert.ok(whole.ok && whole.value.hash === domain.opened.ledger.head.hash)
  for (const to of [at, at + 1, at + 7, state.seq]) {
    const snapshot = newestSnapshot(snapshots, trust, { atMost: to })
    assert.equal(snapshot?.head.seq, at)
    const folded = foldTo(disk, to, { snapshot })
    assert.ok(folded.ok && folded.value.state.seq === to)
    assert.equal(stateRoot(folded.value.state), roots.get(to))
  }
  const beyond = foldTo(disk, state.seq + 1, { snapshot: null })
  assert.ok(!beyond.ok && beyond.error.code === 'rolled-back')
  await domain.close()
})

test('a snapshot of another chain is refused, whatever its state', async (t) => {
  const domain = new StoredDomain(16_384)
  t.after(() => domain.dispose())
  await domain.open()
  await domain.addAgents(3)
  const { state } = domain.core
  const snapshot: ReadSnapshot = {
    head: { seq: state.seq, hash: 'ab'.repeat(32) },
    stateRoot: stateRoot(state),
    state: structuredClone({ ...state, capabilities: null }) as never,
    beside: '',
  }
  const folded = foldTo(ledgerDisk(domain.folder), state.seq, { snapshot })
  assert.ok(!folded.ok && folded.error.code === 'rewritten')
  await domain.close()
})
