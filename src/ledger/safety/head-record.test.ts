/** What the head record says of a ledger, and what it says when either was put back, cut off or damaged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCheckpointRing } from '../checkpoint-slots.ts'
import type { Bench } from '../ledger-contract.ts'
import { bench, checkpoint, fill, mustOpen } from '../ledger-contract.ts'
import { memoryDisk } from '../memory-disk.ts'
import type { Doubt } from '../open.ts'
import { openSegmentLog } from '../open.ts'
import { sampleSigner } from '../sample-events.ts'
import { headFile, headOf, judgeHead } from './head-record.ts'

type Files = Map<string, Uint8Array>

const copyOf = (files: Files): Files => new Map([...files].map(([name, bytes]) => [name, bytes.slice()]))

/** A ledger with `checkpoints` checkpoints, and what both folders were before each of them. */
async function sample(
  checkpoints: number,
): Promise<{ main: Files; head: Files; options: Bench; before: Files[] }> {
  const main = memoryDisk()
  const head = memoryDisk()
  const options = { ...bench(8192), headDisk: head }
  const { ledger } = await mustOpen(main, options)
  const before: Files[] = []
  for (let number = 1; number <= checkpoints; number++) {
    // oxlint-disable-next-line no-await-in-loop -- one append at a time
    await fill(ledger, options, [2])
    before.push(copyOf(main.files))
    // oxlint-disable-next-line no-await-in-loop -- and no checkpoint meanwhile
    assert.equal(await checkpoint(ledger, number), null)
  }
  ledger.close()
  return { main: main.files, head: head.files, options, before }
}

async function outcome(main: Files, head: Files, options: Bench, more: object = {}): Promise<string> {
  const opened = await openSegmentLog(
    memoryDisk(main),
    { ...options, headDisk: memoryDisk(head), ...more },
    () => undefined,
  )
  if (!opened.ok) return opened.error.code
  return `opens at ${opened.value.head.seq}${opened.value.headFlaw === null ? '' : `: ${opened.value.headFlaw}`}`
}

test('the head record holds the newest two checkpoints, each in the slot of its number', async () => {
  const { main, head, options } = await sample(5)
  const ring = readCheckpointRing(Buffer.from(main.get('checkpoints') ?? []))
  assert.ok(ring.ok)
  const bytes = Buffer.from(head.get(headFile) ?? [])
  assert.deepEqual(bytes, headOf(ring.value))
  assert.match(bytes.toString('utf8', 0, 200), /checkpoint 5\n/)
  assert.match(bytes.toString('utf8', 512, 712), /checkpoint 4\n/)
  assert.equal(judgeHead(bytes, ring.value, options.signer.publicKey).flaw, null)
})

test('a ledger put back as it was two checkpoints ago is not opened, whole as it is', async () => {
  const { main, head, options, before } = await sample(6)
  assert.equal(await outcome(copyOf(main), copyOf(head), options), 'opens at 12')
  assert.equal(await outcome(copyOf(before[3] ?? main), copyOf(head), options), 'rolled-back')
  assert.equal(await outcome(copyOf(before[0] ?? main), copyOf(head), options), 'rolled-back')
  assert.equal(await outcome(new Map(), copyOf(head), options), 'rolled-back', 'the whole folder is gone')
})

test('a checkpoint that the ring has lost comes back from the head record', async () => {
  const { main, head, options } = await sample(6)
  const torn = copyOf(main)
  torn.get('checkpoints')?.fill(0, 5 * 512, 6 * 512)
  assert.equal(
    await outcome(torn, copyOf(head), options),
    'opens at 12: a checkpoint was lost, and the head record still had it',
  )
  assert.deepEqual(torn.get('checkpoints'), main.get('checkpoints'))
})

test('a head record that another key signed does not pass', async () => {
  const { main, head, options } = await sample(6)
  const ring = readCheckpointRing(Buffer.from(main.get('checkpoints') ?? []))
  assert.ok(ring.ok)
  const stranger = sampleSigner('other').publicKey
  const bytes = Buffer.from(head.get(headFile) ?? [])
  assert.equal(judgeHead(bytes, ring.value, options.signer.publicKey).problem, null)
  assert.equal(judgeHead(bytes, ring.value, stranger).problem?.code, 'damaged')
})

test('a head record of another history does not pass', async () => {
  const { main, head, options } = await sample(6)
  const other = memoryDisk()
  const { ledger } = await mustOpen(other, bench(8192))
  for (let number = 1; number <= 6; number++) {
    // oxlint-disable-next-line no-await-in-loop -- one append at a time
    await fill(ledger, options, [1, 1])
    // oxlint-disable-next-line no-await-in-loop -- and no checkpoint meanwhile
    await checkpoint(ledger, number)
  }
  ledger.close()
  assert.equal(await outcome(other.files, copyOf(head), options), 'rewritten')
  assert.equal(await outcome(main, copyOf(head), options), 'opens at 12')
})

test('a head record that is missing stops the opening once there was one, unless an operator accepts it', async () => {
  const { main, options } = await sample(3)
  const asked: Doubt[] = []
  const isHeadExpected = (): boolean => true
  assert.equal(await outcome(copyOf(main), new Map(), options), 'opens at 6')
  assert.equal(await outcome(copyOf(main), new Map(), options, { isHeadExpected }), 'doubtful')
  const isAccepted = (doubt: Doubt): boolean => asked.push(doubt) > 0
  assert.equal(await outcome(copyOf(main), new Map(), options, { isHeadExpected, isAccepted }), 'opens at 6')
  assert.deepEqual(
    asked.map(({ what, seq }) => [what, seq]),
    [['head', 6]],
  )
})

test('an end that does not verify is set aside only when an operator named exactly these bytes', async () => {
  const { main, head, options } = await sample(2)
  const disk = memoryDisk(main)
  const { ledger } = await mustOpen(disk, { ...options, headDisk: memoryDisk(head) })
  await fill(ledger, options, [3])
  ledger.close()
  const segment = Buffer.from((main.get('00000001.seg') as Uint8Array).buffer)
  const at = segment.lastIndexOf(Buffer.from('CBAT'))
  segment[at + 100] = (segment[at + 100] ?? 0) ^ 1
  const rotten = copyOf(main)
  assert.equal(await outcome(rotten, copyOf(head), options), 'doubtful')
  assert.deepEqual(rotten, main, 'nothing is changed before an operator decides')
  const asked: Doubt[] = []
  const isAccepted = (doubt: Doubt): boolean => asked.push(doubt) > 0 && doubt.seq === 5
  const opened = await openSegmentLog(
    memoryDisk(rotten),
    { ...options, headDisk: memoryDisk(copyOf(head)), isAccepted },
    () => undefined,
  )
  assert.ok(opened.ok)
  assert.equal(opened.value.head.seq, 4)
  assert.equal(opened.value.setAside?.doubtful, true)
  assert.deepEqual(
    rotten.get(opened.value.setAside?.file ?? ''),
    new Uint8Array(segment.subarray(at, at + (rotten.get(opened.value.setAside?.file ?? '')?.length ?? 0))),
  )
})
