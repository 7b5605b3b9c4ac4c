import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { append, bench, mustOpen } from '../ledger-contract.ts'
import type { MemoryDisk } from '../memory-disk.ts'
import { memoryDisk } from '../memory-disk.ts'
import { SampleHistory, sampleNumbers } from '../../../test/harness/sample-history.ts'
import { positionIn, Subscription } from './subscription.ts'
import { beginningOf, parseTailPosition, showTailPosition } from './tail-position.ts'
import type { TailPosition } from './tail-position.ts'

const options = bench(65_536)

async function written(seed: number, batches: number): Promise<{ disk: MemoryDisk; end: number }> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  const history = new SampleHistory(options.vault, options.signer.publicKey, seed)
  const pick = sampleNumbers(seed)
  for (let round = 0; round < batches; round++)
    assert.equal(await append(ledger, history.batch(1 + pick(9))), null)
  ledger.close()
  return { disk, end: history.events.length }
}

/** Reads until `count` events were seen, or the end, and says where it stopped: as a program that is killed there. */
function readSome(
  disk: MemoryDisk,
  from: TailPosition | null,
  count: number,
  into: number[],
): TailPosition | null {
  const subscription = new Subscription(disk, from)
  let position = from
  for (let left = count; left > 0;) {
    const batch = subscription.next()
    assert.ok(batch.ok, JSON.stringify(batch))
    if (batch.value === null) break
    const taken = batch.value.records.slice(0, left)
    into.push(...taken.map(({ event }) => event.seq))
    left -= taken.length
    const last = taken.at(-1)?.event.seq
    if (last !== undefined) position = positionIn(batch.value, last)
  }
  return position
}

test('wherever a reader stops and goes on from its position, it sees every event exactly once', async () => {
  const { disk, end } = await written(3, 300)
  const pick = sampleNumbers(17)
  for (let round = 0; round < 20; round++) {
    const seen: number[] = []
    let position: TailPosition | null = null
    while (seen.length < end) {
      const next = readSome(disk, position, 1 + pick(90), seen)
      assert.ok(next !== null)
      const word = showTailPosition(next)
      position = parseTailPosition(word)
      assert.deepEqual(position, next)
    }
    assert.deepEqual(
      seen,
      Array.from({ length: end }, (_, index) => index + 1),
    )
    assert.equal(readSome(disk, position, 10, seen)?.seq, end)
  }
})

test('a position of another ledger, of another history, or beyond the end is a problem and yields nothing', async () => {
  const { disk, end } = await written(3, 60)
  const last = readSome(disk, null, end, [])
  assert.ok(last !== null)
  const refusedWith = (from: TailPosition, on: MemoryDisk = disk): string => {
    const found = new Subscription(on, from).next()
    return found.ok ? 'nothing' : found.error.code
  }
  assert.equal(refusedWith({ ...last, ledgerId: 'f'.repeat(32) }), 'rewritten')
  assert.equal(refusedWith({ ...last, chain: '0'.repeat(64) }), 'rewritten')
  assert.equal(refusedWith({ ...last, seq: 3 }), 'rewritten')
  assert.equal(refusedWith({ ...last, seq: end + 1 }), 'rolled-back')
  assert.equal(refusedWith(last, memoryDisk()), 'rolled-back')
  const rewritten = (await written(4, 60)).disk
  assert.equal(refusedWith(last, rewritten), 'rewritten')
  assert.equal(new Subscription(memoryDisk(), beginningOf(last.ledgerId)).next().ok, true)
})

test('what is no position is not taken for one', () => {
  const good = showTailPosition({ ledgerId: 'a'.repeat(32), seq: 12, chain: 'b'.repeat(64) })
  assert.notEqual(parseTailPosition(good), null)
  for (const word of ['', '12', good.toUpperCase(), `${good} `, good.replace(':12:', ':012:'), good.slice(1)])
    assert.equal(parseTailPosition(word), null, word)
  for (let at = 0; at < good.length; at++) {
    const other = good[at] === '1' ? '2' : '1'
    assert.equal(parseTailPosition(good.slice(0, at) + other + good.slice(at + 1)), null, `character ${at}`)
  }
})

test('a position from after the point to which a ledger was restored is refused, also once that has grown past it', async () => {
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(7) }
  const make = async (grown: number): Promise<{ disk: MemoryDisk; end: number }> => {
    const disk = memoryDisk()
    const { ledger } = await mustOpen(disk, { ...options, entropy })
    const history = new SampleHistory(options.vault, options.signer.publicKey, 9)
    for (let round = 0; round < 40; round++) assert.equal(await append(ledger, history.batch(5)), null)
    // What comes after the point is other events: whoever is restored lives another life.
    const later = history.batch(grown).map((event) => ({ ...event, at: id<Instant>(event.at + grown) }))
    for (let from = 0; from < grown; from += 3)
      assert.equal(await append(ledger, later.slice(from, from + 3)), null)
    ledger.close()
    return { disk, end: 200 + grown }
  }
  const before = await make(9)
  const position = readSome(before.disk, null, before.end, [])
  assert.ok(position !== null)
  const restored = new Subscription((await make(0)).disk, position).next()
  assert.equal(restored.ok ? 'nothing' : restored.error.code, 'rolled-back')
  const regrown = new Subscription((await make(20)).disk, position).next()
  assert.equal(regrown.ok ? 'nothing' : regrown.error.code, 'rewritten')
})
