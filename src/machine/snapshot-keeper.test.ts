/** When a running kernel takes snapshots, and that each is of a state that a checkpoint signed. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SmallDomain } from '../../test/harness/small-domain.ts'
import { sha256Hex } from '../base/hash.ts'
import { stateRoot } from '../kernel/root.ts'
import { newestSnapshot, snapshotPositions } from '../ledger/keeping/snapshot-store.ts'
import { sampleSigner } from '../ledger/sample-events.ts'
import { stepsText } from './canon-steps.ts'
import { SnapshotKeeper } from './snapshot-keeper.ts'

const signer = sampleSigner('keeper')
const limits = { everyEvents: 5, mostCapabilities: 2, leastEvents: 3 }

function keeping(folder: string, domain: SmallDomain) {
  const told: string[] = []
  let durable = domain.state.seq
  const keeper = new SnapshotKeeper(
    {
      folder,
      state: domain.state,
      signer,
      code: () => 'code',
      head: () => ({ seq: durable, hash: 'cd'.repeat(32) }),
      tell: (problem) => void told.push(problem),
      limits,
    },
    domain.state.seq,
    [],
  )
  const isDurable = (): void => void (durable = domain.state.seq)
  return { keeper, told, isDurable }
}

function inFolder(body: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'custos-keeper-'))
    try {
      await body(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

const trust = { domain: 'main', ledgerKey: signer.publicKey, code: 'code' }
const moreEvents = (domain: SmallDomain, count: number): void => {
  for (let index = 0; index < count; index++)
    domain.order({
      do: 'agent.add',
      name: `agent${domain.state.seq}`,
      tokenDigest: sha256Hex(`${domain.state.seq}`),
    })
}

test(
  'while it runs one is taken when enough happened, of the state as it was when its root was taken',
  inFolder(async (folder) => {
    const domain = new SmallDomain()
    const { keeper, isDurable, told } = keeping(folder, domain)
    moreEvents(domain, 4)
    assert.equal(keeper.take(stateRoot(domain.state)), null)
    moreEvents(domain, 1)
    const [root, { seq }] = [stateRoot(domain.state), domain.state]
    const keep = keeper.take(root)
    assert.ok(keep !== null)
    isDurable()
    moreEvents(domain, 2)
    keep()
    assert.equal(keeper.take(stateRoot(domain.state)), null, 'one at a time')
    await keeper.keepLast()
    const read = newestSnapshot(folder, trust)
    assert.deepEqual([read?.head.seq, read?.stateRoot, told], [seq, root, []])
    assert.equal(read?.beside, stepsText([]))
  }),
)

test(
  'what was not signed as it was taken is not kept',
  inFolder(async (folder) => {
    const domain = new SmallDomain()
    const { keeper, isDurable } = keeping(folder, domain)
    moreEvents(domain, 5)
    const keep = keeper.take(stateRoot(domain.state))
    moreEvents(domain, 1)
    isDurable()
    keep?.()
    const nothing: readonly number[] = []
    assert.deepEqual(snapshotPositions(folder), nothing)
  }),
)

test(
  'a state with many capabilities is not copied while agents wait, but at a stop',
  inFolder(async (folder) => {
    const domain = new SmallDomain()
    const { keeper, isDurable } = keeping(folder, domain)
    for (let index = 0; index < 6; index++)
      domain.grant({ selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } })
    assert.equal(keeper.take(stateRoot(domain.state)), null)
    isDurable()
    await keeper.keepLast()
    assert.deepEqual(snapshotPositions(folder), [domain.state.seq])
  }),
)

test(
  'a stop after little takes none, and one that cannot be written is told and nothing more',
  inFolder(async (folder) => {
    const domain = new SmallDomain()
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const { keeper, isDurable, told } = keeping(join(file, 'snapshots'), domain)
    moreEvents(domain, 2)
    isDurable()
    await keeper.keepLast()
    assert.deepEqual(told, [])
    moreEvents(domain, 2)
    isDurable()
    await keeper.keepLast()
    assert.match(told.join(), /no snapshot was kept/)
  }),
)
