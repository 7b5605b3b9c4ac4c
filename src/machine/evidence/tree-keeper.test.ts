/** When tree heads are due, and the real thread over a real ledger. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromBase64url } from '../../base/base64url.ts'
import { sha256 } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { Seq } from '../../base/ids.ts'
import { evidenceFolder } from '../../ledger/evidence/evidence-folder.ts'
import { readLedgerNote } from '../../ledger/evidence/head-keeper.ts'
import { newestNote } from '../../ledger/evidence/note-file.ts'
import { logKeyOf } from '../../ledger/evidence/tree-head.ts'
import { bench, fill, mustOpen } from '../../ledger/ledger-contract.ts'
import { nodeDisk } from '../../ledger/node-disk.ts'
import type { FromEvidence, ToEvidence } from './thread-words.ts'
import { startEvidenceThread } from './thread.ts'
import { TreeKeeper } from './tree-keeper.ts'

interface Fake {
  seq: number
  now: number
  readonly asked: ToEvidence[]
  readonly remarks: string[]
  say: (said: FromEvidence) => void
  started: number
  ended: number
  readonly keeper: TreeKeeper
}

function fake(): Fake {
  const world = {
    seq: 0,
    now: 10_000,
    asked: [] as ToEvidence[],
    remarks: [] as string[],
    say: (said: FromEvidence): void => void said,
    started: 0,
    ended: 0,
  }
  const keeper = new TreeKeeper({
    head: () => ({ seq: id<Seq>(world.seq), hash: 'ab' }),
    now: () => 1_790_000_000_000 - world.now,
    elapsedMs: () => world.now,
    sign: () => 'signed',
    start(said) {
      world.say = said
      world.started++
      return { post: (asked) => void world.asked.push(asked), end: () => void world.ended++ }
    },
    remark: (line) => void world.remarks.push(line),
  })
  return Object.assign(world, { keeper })
}

test('a head is due when there is something new and half a second is over, or a thousand events wait', () => {
  const world = fake()
  world.keeper.look()
  assert.equal(world.asked.length, 0)
  world.seq = 5
  world.keeper.look()
  world.keeper.look()
  assert.deepEqual(world.asked, [{ ask: 'state', seq: 5, chain: 'ab', at: 1_789_999_990_000 }])
  world.say({ is: 'stated', text: 'text' })
  assert.deepEqual(world.asked.at(-1), { ask: 'keep', signature: 'signed' })
  world.say({ is: 'kept' })
  assert.equal(world.keeper.signed, 5)
  world.seq = 1004
  world.now += 499
  world.keeper.look()
  assert.equal(world.asked.length, 2)
  world.seq = 1005
  world.keeper.look()
  assert.equal(world.asked.length, 3)
  world.say({ is: 'kept' })
  world.seq = 1006
  world.now += 499
  world.keeper.look()
  assert.equal(world.asked.length, 3)
  world.now += 1
  world.keeper.look()
  assert.equal(world.asked.length, 4)
  world.say({ is: 'kept' })
  world.seq = 1007
  world.keeper.look(true)
  assert.equal(world.asked.length, 5)
})

test('a thread that stopped says why once, and is tried again later', () => {
  const world = fake()
  world.seq = 3
  for (const round of [1, 2, 3]) {
    world.keeper.look()
    assert.equal(world.started, round)
    world.say({ is: 'stopped', why: 'the ledger was rewritten' })
    world.say({ is: 'stopped', why: 'the evidence thread ended' })
    world.now += 9_999
    world.keeper.look()
    assert.equal(world.started, round)
    world.now += 1
  }
  assert.equal(world.ended, 3)
  assert.deepEqual(world.remarks, ['no tree head is signed: the ledger was rewritten'])
  assert.equal(world.keeper.signed, 0)
})

test('the thread signs heads over a ledger that grows, beside whoever writes it', async () => {
  const domainFolder = mkdtempSync(join(tmpdir(), 'custos-thread-'))
  const ledgerFolder = join(domainFolder, 'ledger')
  const options = bench(65_536)
  const { ledger } = await mustOpen(nodeDisk(ledgerFolder), options)
  const task = { domainFolder, domain: 'main', ledgerKey: options.signer.publicKey }
  const problems: string[] = []
  const keeper = new TreeKeeper({
    head: () => ledger.head,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    sign: (bytes) => options.signer.sign(bytes),
    start: (said) => {
      const thread = startEvidenceThread(task, said)
      threads.push(thread)
      return thread
    },
    remark: (line) => void problems.push(line),
  })
  const threads: { end(): void }[] = []
  try {
    for (let round = 0; round < 5; round++) {
      await fill(ledger, options, [40, 3, 7])
      const until = Date.now() + 60_000
      while (keeper.signed < ledger.durable && Date.now() < until && problems.length === 0) {
        keeper.look(true)
        await sleep(5)
      }
      assert.deepEqual(problems, [])
      assert.equal(keeper.signed, ledger.durable)
    }
    const place = evidenceFolder(domainFolder)
    const key = logKeyOf(sha256, 'main', fromBase64url(options.signer.publicKey) ?? new Uint8Array())
    const note = newestNote(place.heads) ?? ''
    const head = readLedgerNote(note, key)
    assert.ok(head.ok && head.value.size === ledger.durable)
    assert.equal(readFileSync(join(place.tree, 'checkpoint'), 'utf8'), note)
  } finally {
    for (const thread of threads) thread.end()
    ledger.close()
    rmSync(domainFolder, { recursive: true })
  }
})
