/**
 * The lives that the sweep puts faults into: every path on which the ledger writes anything. `before` runs
 * without faults and leaves folders behind; `life` is what is cut.
 */
import type { Furnishing, Images, Life } from './world.ts'

/** One scenario. */
export interface Scenario extends Furnishing {
  readonly name: string
  readonly before?: (life: Life) => Promise<void>
  /** How many of the events that `before` acknowledged are there in spite of `damage`; all without damage. */
  readonly keeps?: number
  /** Changes the folders that `before` left, as a crash or rot would. */
  readonly damage?: (images: Images) => void
  readonly life: (life: Life) => Promise<void>
}

const segment = '00000001.seg'
const bytesOf = (images: Images, name = segment): Buffer => {
  const bytes = images.main.get(name) ?? new Uint8Array()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Offset and length of the last batch of the first segment. */
function lastBatch(bytes: Buffer): { readonly at: number; readonly length: number } {
  let at = 512
  for (;;) {
    const length = bytes.readUInt32LE(at + 4)
    const next = at + length
    if (next >= bytes.length || bytes.toString('latin1', next, next + 4) !== 'CBAT') return { at, length }
    at = next
  }
}

const begun = async (life: Life): Promise<void> => {
  await life.open()
  await life.appendAll([2, 3, 1], 2)
  await life.append(6)
  life.close()
}
const goOn = async (life: Life): Promise<void> => {
  await life.open()
  await life.appendAll([1, 2], 1)
  life.close()
}

function flip(images: Images, offset: number, name = segment): void {
  const bytes = bytesOf(images, name)
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10
}

/** Cuts the last batch after `length` of its bytes, or that many before its end. */
function cut(images: Images, length: number): void {
  const bytes = bytesOf(images)
  const last = lastBatch(bytes)
  bytes.fill(0, last.at + (length < 0 ? last.length + length : length), last.at + last.length)
}

/** Every scenario. */
export const scenarios: readonly Scenario[] = [
  { name: 'an empty ledger is opened', life: async (life) => life.open().then(() => life.close()) },
  { name: 'the first event', life: async (life) => life.open().then(() => life.append(1)) },
  {
    name: 'batches of several sizes',
    life: async (life) => life.open().then(() => life.appendAll([1, 5, 2, 9, 1])),
    segmentBytes: 32_768,
  },
  {
    name: 'a checkpoint after each batch',
    life: async (life) => life.open().then(() => life.appendAll([1, 2, 1], 1)),
  },
  { name: 'two segments', life: async (life) => life.open().then(() => life.appendAll([8, 8, 8, 8], 3)) },
  {
    name: 'six small segments',
    segmentBytes: 4096,
    life: async (life) => life.open().then(() => life.appendAll([3, 3, 3, 3, 3, 3, 3], 2)),
  },
  {
    name: 'the ring of checkpoints comes round',
    before: async (life) =>
      life.open().then(() =>
        life.appendAll(
          Array.from({ length: 62 }, () => 1),
          1,
        ),
      ),
    segmentBytes: 65_536,
    life: async (life) => life.open().then(() => life.appendAll([1, 1, 1, 1], 1)),
  },
  { name: 'a closed ledger is opened and goes on', before: begun, life: goOn },
  {
    name: 'a ledger is opened again and again',
    before: begun,
    life: async (life) => {
      await goOn(life)
      await goOn(life)
      await goOn(life)
    },
  },
  {
    name: 'the first half of a batch is set aside',
    before: begun,
    damage: (images) => cut(images, 700),
    life: goOn,
  },
  {
    name: 'a batch without its first sector is set aside',
    before: begun,
    damage: (images) =>
      bytesOf(images).fill(0, lastBatch(bytesOf(images)).at, lastBatch(bytesOf(images)).at + 512),
    life: goOn,
  },
  {
    name: 'a segment that was begun and not finished',
    segmentBytes: 4096,
    before: async (life) => life.open().then(() => life.appendAll([8, 8])),
    damage: (images) => bytesOf(images, '00000002.seg').fill(0, 1024),
    life: goOn,
  },
  {
    name: 'the end of a hash is completed',
    keeps: 12,
    before: begun,
    damage: (images) => cut(images, -5),
    life: goOn,
  },
  {
    name: 'a checkpoint that was cut off is cleared',
    keeps: 12,
    before: begun,
    damage: (images) => images.main.get('checkpoints')?.fill(65, 512, 600),
    life: goOn,
  },
  {
    name: 'a checkpoint that only the head record has is put back',
    keeps: 12,
    before: begun,
    damage: (images) => images.main.get('checkpoints')?.fill(0, 0, 512),
    life: goOn,
  },
  {
    name: 'a ledger without a head record gets one',
    keeps: 12,
    before: begun,
    damage: (images) => images.head.clear(),
    life: goOn,
  },
  {
    name: 'a damaged slot of the head record is written anew',
    keeps: 12,
    before: begun,
    damage: (images) => images.head.get('head')?.fill(66, 5, 9),
    life: goOn,
  },
  {
    name: 'a doubtful end is given up by an operator',
    before: begun,
    damage: (images) => flip(images, lastBatch(bytesOf(images)).at + 200),
    isAccepted: () => true,
    life: goOn,
  },
  {
    name: 'large payloads',
    segmentBytes: 65_536,
    before: async (life) => life.open().then(() => life.append(14)),
    life: async (life) => life.open().then(() => life.appendAll([4, 1, 17], 2)),
  },
  {
    name: 'a mirror from the first event on',
    mirror: 'needed',
    life: async (life) => life.open().then(() => life.appendAll([4, 9, 9], 2)),
  },
  {
    name: 'a mirror that is slower',
    mirror: 'slow',
    life: async (life) => life.open().then(() => life.appendAll([4, 9, 9], 2)),
  },
  {
    name: 'a mirror that may be lost',
    mirror: 'spared',
    life: async (life) => life.open().then(() => life.appendAll([4, 9, 9], 2)),
  },
  {
    name: 'a mirror with large payloads',
    mirror: 'needed',
    segmentBytes: 65_536,
    life: async (life) => life.open().then(() => life.appendAll([18, 17], 1)),
  },
  {
    name: 'a mirror that is new gets everything',
    keeps: 12,
    mirror: 'needed',
    before: begun,
    damage: (images) => images.mirror.clear(),
    life: goOn,
  },
  {
    name: 'a segment is repaired from the mirror',
    keeps: 12,
    mirror: 'needed',
    before: begun,
    damage: (images) => flip(images, 700),
    life: goOn,
  },
  {
    name: 'a segment that is gone comes back from the mirror',
    keeps: 12,
    mirror: 'needed',
    before: begun,
    damage: (images) => images.main.delete(segment),
    life: goOn,
  },
  {
    name: 'the checkpoints are repaired from the mirror',
    keeps: 12,
    mirror: 'needed',
    before: begun,
    damage: (images) => flip(images, 520, 'checkpoints'),
    life: goOn,
  },
  {
    name: 'a write that is unfinished in both copies',
    mirror: 'slow',
    before: begun,
    damage: (images) => {
      cut(images, 900)
      images.mirror.set(segment, bytesOf(images).slice())
    },
    life: goOn,
  },
]
