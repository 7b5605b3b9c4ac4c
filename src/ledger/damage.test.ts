/** Damage is refused with the place it stands at; opening never makes acknowledged history shorter. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, checkpoint, fill, mustOpen } from './ledger-contract.ts'
import { memoryDisk } from './memory-disk.ts'
import { openSegmentLog } from './open.ts'
import { sampleSigner } from './sample-events.ts'
import { verifyLedger } from './verify.ts'

type Files = Map<string, Uint8Array>

const copyOf = (files: Files): Files => new Map([...files].map(([name, bytes]) => [name, bytes.slice()]))
const options = bench(4096)

async function sampleLedger(sizes: readonly number[], sealed: boolean): Promise<Files> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, sizes)
  if (sealed) await checkpoint(ledger, 1000)
  ledger.close()
  return disk.files
}

async function problemOf(files: Files): Promise<string> {
  const opened = await openSegmentLog(memoryDisk(files), options, () => undefined)
  return opened.ok ? `opens at ${opened.value.head.seq}` : opened.error.code
}

test('no change of one byte makes an opened ledger shorter, with or without a covering checkpoint', async () => {
  for (const sealed of [true, false]) {
    const files = await sampleLedger([1, 2, 3, 1, 2], sealed)
    for (const [name, bytes] of files) {
      for (let offset = sealed ? 0 : 1; offset < bytes.length; offset += name === 'checkpoints' ? 37 : 2) {
        const changed = copyOf(files)
        const target = changed.get(name) as Uint8Array
        target[offset] = (target[offset] as number) ^ (1 + ((offset * 31) % 255))
        const opened = await openSegmentLog(memoryDisk(changed), options, () => undefined)
        if (opened.ok) assert.equal(opened.value.head.seq, 9, `${name}@${offset}`)
        else assert.equal(opened.error.file, name, `${name}@${offset} ${JSON.stringify(opened.error)}`)
      }
    }
  }
})

test('verification finds every change of one byte', async () => {
  const files = await sampleLedger([1, 2, 3], true)
  for (const [name, bytes] of files) {
    for (let offset = 0; offset < bytes.length; offset += name === 'checkpoints' ? 11 : 3) {
      const changed = copyOf(files)
      const target = changed.get(name) as Uint8Array
      target[offset] = (target[offset] as number) ^ (1 + ((offset * 17) % 255))
      assert.notEqual(verifyLedger(memoryDisk(changed)).problems.length, 0, `${name}@${offset}`)
    }
  }
})

test('missing, swapped, emptied and foreign files are damage', async () => {
  const files = await sampleLedger([4, 4, 4, 4, 4], true)
  const segments = [...files.keys()].filter((name) => name.endsWith('.seg')).sort()
  assert.ok(segments.length >= 4)
  const [first = '', second = '', third = ''] = segments
  const variant = async (change: (copy: Files) => void): Promise<string> => {
    const copy = copyOf(files)
    change(copy)
    return problemOf(copy)
  }
  const get = (copy: Files, name: string): Uint8Array => copy.get(name) as Uint8Array
  assert.equal(await variant((copy) => copy.delete(second)), 'damaged')
  assert.equal(await variant((copy) => copy.delete(first)), 'damaged')
  assert.equal(await variant((copy) => copy.delete('checkpoints')), 'damaged')
  assert.equal(await variant((copy) => get(copy, second).fill(0)), 'damaged')
  assert.equal(await variant((copy) => get(copy, first).fill(0)), 'damaged')
  assert.equal(await variant((copy) => get(copy, first).fill(0, 1024)), 'damaged')
  assert.equal(
    await variant((copy) => {
      copy.set(second, get(files, third))
      copy.set(third, get(files, second))
    }),
    'damaged',
  )
  assert.equal(await variant((copy) => copy.set(first, get(copy, first).slice(0, 3584))), 'damaged')
  const foreign = await sampleLedger([4, 4, 4, 4, 4], true)
  assert.equal(await variant((copy) => copy.set(second, get(foreign, second))), 'damaged')
})

test('a ledger cut back behind its newest checkpoint is refused, though every byte that is left is whole', async () => {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [2])
  const early = copyOf(disk.files)
  await fill(ledger, options, [2])
  await checkpoint(ledger, 5)
  const cut = copyOf(early).set('checkpoints', disk.files.get('checkpoints') as Uint8Array)
  assert.equal(await problemOf(cut), 'rolled-back')
})

test('another domain, another key and an unknown version are told apart', async () => {
  const files = await sampleLedger([2, 2], true)
  const open = async (changes: Partial<typeof options>): Promise<string> => {
    const opened = await openSegmentLog(
      memoryDisk(copyOf(files)),
      { ...options, ...changes },
      () => undefined,
    )
    return opened.ok ? 'opens' : opened.error.code
  }
  assert.equal(await open({}), 'opens')
  assert.equal(await open({ domain: 'other' }), 'wrong-domain')
  assert.equal(await open({ signer: sampleSigner('other') }), 'wrong-key')
})

test('a checkpoint kept elsewhere finds a rollback, a rewrite and a stranger', async () => {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [2])
  const early = copyOf(disk.files)
  await fill(ledger, options, [3])
  await checkpoint(ledger, 5)
  const kept = checkpointText(disk.files)
  const codes = (files: Files, extra: { publicKey?: string } = {}): readonly string[] =>
    verifyLedger(memoryDisk(files), { checkpoint: kept, ...extra }).problems.map((found) => found.code)
  await fill(ledger, options, [4])
  assert.deepEqual(codes(disk.files), [])
  assert.deepEqual(codes(early), ['rolled-back'])
  const rewritten = memoryDisk(copyOf(early))
  const other = await mustOpen(rewritten, options)
  await fill(other.ledger, options, [1, 3])
  assert.deepEqual(codes(rewritten.files), ['rewritten'])
  assert.ok(codes(disk.files, { publicKey: sampleSigner('other').publicKey }).includes('wrong-key'))
})

function checkpointText(files: Files): string {
  const slots = Buffer.from(files.get('checkpoints') as Uint8Array)
  return slots.toString('utf8', 0, slots.indexOf(0))
}
