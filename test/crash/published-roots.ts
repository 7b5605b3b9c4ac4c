/**
 * Reads over the kernel's shoulder while it runs: every state root it publishes is held against a fold that
 * is carried forward here, event by event, and never begun again, however often the kernel is. Keeps what it
 * saw, so that the finished ledger can be held against it too.
 */
import { evolve } from '../../src/kernel/evolve.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import { initialState } from '../../src/kernel/state.ts'
import type { Checkpoint } from '../../src/ledger/checkpoint.ts'
import { readCheckpointRing } from '../../src/ledger/checkpoint-slots.ts'
import { checkpointsFile } from '../../src/ledger/format.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { readWhole } from '../../src/ledger/readable-disk.ts'
import type { LedgerPosition, ReadBatch } from '../../src/ledger/reader.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'

/** The checkpoints in the folder as of now; none while one is just being written. */
export function readCheckpoints(folder: string): readonly Checkpoint[] {
  const bytes = readWhole(readableFolder(folder), checkpointsFile)
  const ring = bytes === null ? null : readCheckpointRing(bytes)
  return ring?.ok === true ? ring.value.checkpoints.map(({ checkpoint }) => checkpoint) : []
}

/** What was published in one ledger while it was watched. */
export class PublishedRoots {
  readonly #folder: string
  readonly #state = initialState()
  readonly #seen = new Map<number, Checkpoint>()
  readonly #unfolded: ReadBatch[] = []
  #position: LedgerPosition | null = null
  #root = ''
  #hash = ''
  #newest = 0
  /** Last event read, whether it is folded already or not. */
  head = 0
  readonly violations: string[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Every checkpoint that was seen, oldest first. */
  get checkpoints(): readonly Checkpoint[] {
    return [...this.#seen.values()]
  }

  /** Takes in what is new. To be called often: the ring holds a minute. */
  look(): void {
    const published = readCheckpoints(this.#folder)
    this.#read()
    for (const checkpoint of published) {
      const known = this.#seen.get(checkpoint.number)
      if (known !== undefined) this.#compareKnown(known, checkpoint)
      else if (checkpoint.number > this.#newest) this.#take(checkpoint)
    }
  }

  #compareKnown(known: Checkpoint, now: Checkpoint): void {
    if (JSON.stringify(known) !== JSON.stringify(now))
      this.violations.push(`checkpoint ${now.number} says something else than before`)
  }

  #take(checkpoint: Checkpoint): void {
    const { number, seq, hash, stateRoot: root } = checkpoint
    if (this.#newest !== 0 && number !== this.#newest + 1 && this.#seen.size > 0)
      this.violations.push(`checkpoint ${number} follows ${this.#newest}`)
    this.#newest = number
    this.#seen.set(number, checkpoint)
    if (this.#state.seq > seq) {
      this.violations.push(`checkpoint ${number} goes back to event ${seq}`)
      return
    }
    this.#foldTo(seq)
    if (this.#state.seq !== seq || this.#hash !== hash)
      this.violations.push(`checkpoint ${number} signs event ${seq}, which is not a batch end of that hash`)
    else if (this.#root !== root)
      this.violations.push(`the fold carried forward to event ${seq} is not what checkpoint ${number} signs`)
  }

  #foldTo(seq: number): void {
    while (this.#state.seq < seq) {
      const batch = this.#unfolded.shift()
      if (batch === undefined) return
      for (const { event } of batch.records) evolve(this.#state, event)
      this.#hash = batch.hash
      this.#root = ''
    }
    if (this.#root === '') this.#root = stateRoot(this.#state)
  }

  #read(): void {
    for (;;) {
      const batch = this.#next()
      if (batch === null) return
      this.#unfolded.push(batch)
      this.head = batch.seq
    }
  }

  #next(): ReadBatch | null {
    if (this.#position === null) {
      const from = new LedgerReader(readableFolder(this.#folder)).from(1)
      if (!from.ok) return null
      this.#position = from.value
    }
    const batch = this.#position.next()
    if (batch.ok) return batch.value
    this.violations.push(`${batch.error.file} at ${batch.error.offset}: ${batch.error.message}`)
    return null
  }
}
