/** The queue of trees, processes and deadlines: who gets how much, and what holds nobody up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { FairQueue } from './fair-queue.ts'
import type { Place } from './place.ts'
import type { Share } from './share.ts'
import { ordinaryShare } from './share.ts'

interface Item {
  readonly name: string
  readonly deadline: number
  readonly cost: number
}

const plenty = 1_000_000
const item = (name: string, deadline = 0): Item => ({ name, deadline, cost: 1 })
const p = (process: number): ProcessId => id<ProcessId>(process)

/** Processes are trees of their own, but those from 100 on are children of `process % 100`. */
class World {
  readonly shares = new Map<number, Share>()
  readonly frozen = new Set<number>()
  readonly queue: FairQueue<Item> = new FairQueue((process) => this.#placeOf(process))

  /** Takes turns and counts them by process, each over as soon as it had it. */
  serve(turns: number): { readonly [process: string]: number } {
    const counts: { [process: string]: number } = {}
    for (let n = 0; n < turns; n++) {
      const turn = this.queue.next(plenty)
      if (turn === null) break
      this.queue.finished(turn.process)
      counts[turn.process] = (counts[turn.process] ?? 0) + 1
    }
    return counts
  }

  fill(process: number, count: number): void {
    for (let n = 0; n < count; n++) this.queue.add(p(process), item(`${process}`))
  }

  #placeOf(process: ProcessId): Place {
    const tree = process % 100
    const treeShare = this.shares.get(tree) ?? ordinaryShare
    const share = process === tree ? ordinaryShare : (this.shares.get(process) ?? ordinaryShare)
    return { tree: p(tree), treeShare, share, isFrozen: this.frozen.has(process) || this.frozen.has(tree) }
  }
}

test('a process that asks a hundred times as much gets no more than one that asks enough', () => {
  const world = new World()
  world.fill(1, 10_000)
  world.fill(2, 100)
  assert.deepEqual(world.serve(200), { 1: 100, 2: 100 })
  assert.deepEqual(world.serve(50), { 1: 50 }, 'and nothing goes to waste')
})

test('children share what their tree has, so that more children are not more', () => {
  const world = new World()
  for (const process of [1, 101, 201, 301]) world.fill(process, 1_000)
  world.fill(2, 1_000)
  const { 2: other, ...family } = world.serve(800)
  assert.equal(other, 400)
  assert.deepEqual(family, { 1: 100, 101: 100, 201: 100, 301: 100 })
})

test('weights hold between trees and within one, and count from when they are given', () => {
  const world = new World()
  for (const process of [1, 101, 2]) world.fill(process, 10_000)
  world.shares.set(2, { weight: 300, priority: 2 })
  world.shares.set(101, { weight: 400, priority: 2 })
  world.queue.refresh()
  assert.deepEqual(world.serve(2_000), { 1: 100, 101: 400, 2: 1_500 })
})

test('within a process the earliest deadline goes first', () => {
  const { queue } = new World()
  for (const deadline of [30, 10, 20]) queue.add(p(1), item(`${deadline}`, deadline))
  assert.deepEqual(
    [1, 2, 3].map(() => queue.next(plenty)?.item.name),
    ['10', '20', '30'],
  )
})

test('what hangs in one name leaves others room, in its own tree too', () => {
  const { queue } = new World()
  const credit = 64
  const sent = new Map<number, number>()
  const send = (): void => {
    for (;;) {
      const outstanding = [...sent.values()].reduce((sum, count) => sum + count, 0)
      const turn = queue.next(credit - outstanding)
      if (turn === null) return
      sent.set(turn.process, (sent.get(turn.process) ?? 0) + 1)
    }
  }
  for (const process of [1, 101, 2, 3]) {
    for (let n = 0; n < 100; n++) queue.add(p(process), item(''))
    send()
    assert.ok((sent.get(process) ?? 0) >= 2, `process ${process} got something though all before it hang`)
  }
  assert.ok((sent.get(1) ?? 0) <= credit / 2)
})

test('with room for one only, the lightest process gets it too', () => {
  const world = new World()
  world.shares.set(1, { weight: 10, priority: 0 })
  world.fill(1, 1)
  assert.equal(world.queue.next(0), null)
  assert.equal(world.queue.next(1)?.process, p(1))
})

test('what is frozen waits, and holds up nobody; thawed it goes on', () => {
  const world = new World()
  for (const process of [1, 101, 2]) world.fill(process, 10)
  world.frozen.add(1)
  world.queue.refresh()
  assert.deepEqual(world.serve(100), { 2: 10 })
  assert.equal(world.queue.claim(p(101), plenty), false)
  world.frozen.clear()
  world.queue.refresh()
  assert.deepEqual(world.serve(100), { 1: 10, 101: 10 })
})

test('an item that is taken out is gone, once', () => {
  const { queue } = new World()
  const [first, second] = [item('first'), item('second')]
  queue.add(p(1), first)
  queue.add(p(1), second)
  assert.equal(queue.remove(p(1), first), true)
  assert.equal(queue.remove(p(1), first), false)
  assert.deepEqual([queue.size, queue.waitingOf(p(1)), queue.next(plenty)?.item.name], [1, 1, 'second'])
  queue.add(p(1), first)
  assert.deepEqual(queue.drain(), [{ item: first, process: p(1) }])
  assert.equal(queue.size, 0)
})

test('processes that came and went are forgotten', () => {
  const { queue } = new World()
  for (let process = 1; process < 100; process++)
    for (let generation = 0; generation < 100; generation++) {
      queue.add(p(process + 100 * generation), item(''))
      queue.finished(queue.next(plenty)?.process ?? p(0))
    }
  assert.ok(queue.remembered < 600, `${queue.remembered} are remembered`)
})
