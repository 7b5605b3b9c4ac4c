/**
 * Ten thousand simulated hours of drivers that are slow, hang or take one call at a time, and of processes that
 * flood, with every weight and priority: whatever waits is served within a bound, and nothing stands idle.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { FairQueue } from './fair-queue.ts'
import type { Place } from './place.ts'
import type { Share } from './share.ts'
import { ordinaryShare, shareLimits } from './share.ts'
import { agingTurns, unitsPerTurn } from './turns.ts'

const seeds = 400
const hoursPerSeed = 25
const hourMs = 3_600_000
/** A call that hangs ends with its deadline. */
const longestServiceMs = 600_000

interface Call {
  readonly deadline: number
  readonly cost: number
}

/** Numbers by chance, the same for the same seed. */
class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0
  }

  below(most: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % most
  }
}

/**
 * How many turns of others somebody waited: of other trees, or of the other processes of its tree. What has a call
 * under way is being served and does not wait.
 */
class Wait {
  /** The most turns that may go to others first: by weight within its own priority, by aging between priorities. */
  readonly #bound: number
  #turns = 0
  #outstanding = 0
  /** The longest wait so far, as a part of the bound. */
  worst = 0

  constructor(own: Share, all: readonly Share[]) {
    const beside = all.filter(({ priority }) => priority === own.priority)
    const round = beside.reduce((sum, { weight }) => sum + Math.ceil(weight / unitsPerTurn) + 1, 0)
    const levels = new Set(all.map(({ priority }) => priority)).size
    this.#bound = (Math.ceil(unitsPerTurn / own.weight) + 1) * round * (agingTurns + levels)
  }

  /** A turn was taken beside it, or by it. */
  turn(isOwn: boolean, waits: boolean): void {
    if (isOwn) this.#outstanding += 1
    if (isOwn || !waits || this.#outstanding > 0) this.#turns = 0
    else this.#turns += 1
    this.worst = Math.max(this.worst, this.#turns / this.#bound)
  }

  /** A call of its own is over. */
  over(): void {
    this.#outstanding -= 1
  }
}

interface Tree {
  readonly wait: Wait
  readonly processes: Map<ProcessId, Wait>
}

/** One driver, its credit, and the processes that call it. Time is in milliseconds. */
class Driver {
  readonly #chance: Chance
  readonly #credit: number
  readonly #meanServiceMs: number
  readonly #places = new Map<ProcessId, Place>()
  readonly #trees = new Map<ProcessId, Tree>()
  readonly #queue: FairQueue<Call>
  /** Ends of the calls it has, the earliest last. */
  readonly #ends: { readonly at: number; readonly process: ProcessId }[] = []
  #now = 0
  served = 0

  constructor(seed: number) {
    this.#chance = new Chance(seed)
    this.#credit = this.#anyOf([1, 2, 4, 8, 16])
    this.#meanServiceMs = this.#anyOf([20_000, 60_000, 120_000])
    const all = Array.from({ length: 2 + this.#chance.below(6) }, () => this.#anyShare())
    for (const [at, treeShare] of all.entries()) {
      const tree: Tree = { wait: new Wait(treeShare, all), processes: new Map() }
      const shares = [ordinaryShare, this.#anyShare(), this.#anyShare()]
      for (const [child, share] of shares.entries()) {
        const process = id<ProcessId>(at + 1 + child * all.length)
        this.#places.set(process, { tree: id(at + 1), treeShare, share, isFrozen: false })
        tree.processes.set(process, new Wait(share, shares))
      }
      this.#trees.set(id(at + 1), tree)
    }
    this.#queue = new FairQueue((process) => this.#placeOf(process))
  }

  run(): void {
    while (this.#now < hoursPerSeed * hourMs) {
      this.#arrive()
      this.#send()
      const end = this.#ends.pop()
      this.#now = end === undefined ? this.#now + this.#meanServiceMs : Math.max(this.#now, end.at)
      if (end === undefined) continue
      this.#queue.finished(end.process)
      const tree = this.#treeOf(end.process)
      tree.wait.over()
      tree.processes.get(end.process)?.over()
    }
  }

  /** The longest wait of any tree or process, as a part of what its share promises. */
  get worst(): number {
    const waits = [...this.#trees.values()].flatMap(({ wait, processes }) => [wait, ...processes.values()])
    return Math.max(...waits.map(({ worst }) => worst))
  }

  /** The first tree floods, others ask now and then; most of them have something waiting most of the time. */
  #arrive(): void {
    for (const [process, { tree }] of this.#places) {
      const floods = tree === id<ProcessId>(1)
      if (!floods && this.#chance.below(3) > 0) continue
      const most = floods ? 100 : 1 + this.#chance.below(2)
      while (this.#queue.waitingOf(process) < most)
        this.#queue.add(process, { deadline: this.#now + longestServiceMs, cost: 1 })
    }
  }

  #send(): void {
    for (;;) {
      const turn = this.#queue.next(this.#credit - this.#ends.length)
      const isIdle = turn === null && this.#ends.length === 0 && this.#queue.size > 0
      assert.equal(isIdle, false, 'something waits, nothing is under way, and nothing was sent')
      if (turn === null) return
      this.served += 1
      this.#note(turn.process)
      this.#begin(turn.process)
    }
  }

  #note(process: ProcessId): void {
    const own = this.#treeOf(process)
    for (const [root, tree] of this.#trees) tree.wait.turn(tree === own, this.#queue.hasWaiting(root))
    for (const [member, wait] of own.processes)
      wait.turn(member === process, this.#queue.waitingOf(member) > 0)
  }

  /** One in two hundred hangs until its deadline. */
  #begin(process: ProcessId): void {
    const hangs = this.#chance.below(200) === 0
    const takes = hangs ? longestServiceMs : 1 + this.#chance.below(2 * this.#meanServiceMs)
    const end = { at: this.#now + takes, process }
    let at = this.#ends.length
    while (at > 0 && (this.#ends[at - 1]?.at ?? 0) < end.at) at--
    this.#ends.splice(at, 0, end)
  }

  #treeOf(process: ProcessId): Tree {
    return this.#trees.get(this.#placeOf(process).tree) as Tree
  }

  #placeOf(process: ProcessId): Place {
    return this.#places.get(process) as Place
  }

  #anyOf(values: readonly number[]): number {
    return values[this.#chance.below(values.length)] ?? 1
  }

  #anyShare(): Share {
    const weight = this.#anyOf([10, 50, 100, 100, 300, 1000])
    return { weight, priority: this.#chance.below(shareLimits.mostPriority + 1) }
  }
}

test('in ten thousand hours nothing that waits is starved, and no driver stands idle', (context) => {
  let [worst, served] = [0, 0]
  for (let seed = 1; seed <= seeds; seed++) {
    const driver = new Driver(seed)
    driver.run()
    assert.ok(
      driver.worst <= 1,
      `seed ${seed}: somebody waited ${driver.worst} times as long as its share promises`,
    )
    worst = Math.max(worst, driver.worst)
    served += driver.served
  }
  const hours = seeds * hoursPerSeed
  context.diagnostic(`${hours} hours, ${served} calls; the longest wait was ${worst.toFixed(2)} of its bound`)
  assert.ok(served > 1_000_000)
})
