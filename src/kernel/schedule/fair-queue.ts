/**
 * What waits for something scarce: for the credit of one driver, or for the kernel's attention. Trees of
 * processes take turns, within each tree its processes, and within a process the earliest deadline is first. Who
 * has much outstanding gets no more while others could need the rest: what hangs in one name leaves others room.
 *
 * It is bookkeeping and not authority: nothing of it is in the ledger, and the simulator runs the same code.
 */
import type { ProcessId } from '../../base/ids.ts'
import type { Due } from './deadline-line.ts'
import { DeadlineLine } from './deadline-line.ts'
import type { Place } from './place.ts'
import type { Share } from './share.ts'
import { ordinaryShare } from './share.ts'
import type { Member } from './turns.ts'
import { Turns, memberWith } from './turns.ts'

/** What a queue hands out when it is somebody's turn. */
export interface Turn<T> {
  readonly item: T
  readonly process: ProcessId
}

/** What waits. Neither changes while it does. */
export interface Waiting extends Due {
  /** How many turns it takes, a whole number from 1. */
  readonly cost: number
}

/** One process. */
interface Line<T extends Waiting> extends Member {
  readonly process: ProcessId
  readonly tree: Tree<T>
  readonly waiting: DeadlineLine<T>
  outstanding: number
  isFrozen: boolean
}

/** A standing process with all that descends from it. */
interface Tree<T extends Waiting> extends Member {
  readonly root: ProcessId
  readonly lines: Turns<Line<T>>
  /** Lines in which something waits. */
  busy: number
  outstanding: number
}

/** Idle processes that a queue remembers at least, because they may come again. */
const fewestLinesKept = 256

/** Items of many processes. Each item is here at most once. */
export class FairQueue<T extends Waiting> {
  readonly #placeOf: (process: ProcessId) => Place
  readonly #trees = new Map<ProcessId, Tree<T>>()
  readonly #turns = new Turns<Tree<T>>()
  readonly #lines = new Map<ProcessId, Line<T>>()
  #size = 0
  #mostLines = fewestLinesKept

  constructor(placeOf: (process: ProcessId) => Place) {
    this.#placeOf = placeOf
  }

  /** Items that wait. */
  get size(): number {
    return this.#size
  }

  /** Processes that are remembered, idle ones included. */
  get remembered(): number {
    return this.#lines.size
  }

  /** Items of one process that wait. */
  waitingOf(process: ProcessId): number {
    return this.#lines.get(process)?.waiting.length ?? 0
  }

  /** True when something of a tree waits, of whichever process. */
  hasWaiting(root: ProcessId): boolean {
    return (this.#trees.get(root)?.busy ?? 0) > 0
  }

  /** Begins to wait. */
  add(process: ProcessId, item: T): void {
    const line = this.#lineOf(process)
    line.waiting.add(item)
    this.#size += 1
    if (line.waiting.length > 1) return
    line.tree.lines.join(line)
    line.tree.busy += 1
    if (line.tree.busy === 1) this.#turns.join(line.tree)
  }

  /** Waits no more. False when it does not. */
  remove(process: ProcessId, item: T): boolean {
    const line = this.#lines.get(process)
    if (line?.waiting.remove(item) !== true) return false
    this.#gone(line)
    return true
  }

  /**
   * Whose turn it is, taken out and counted as outstanding until `finished`; null when nobody's. `available` is
   * how much of the scarce thing is left.
   */
  next(available: number): Turn<T> | null {
    if (this.#size === 0 || available <= 0) return null
    const tree = this.#turns.next((one) => mayGo(one, available) && one.lines.some(fits(one, available)))
    const line = tree?.lines.next(fits(tree, available)) ?? null
    const item = line?.waiting.take()
    if (tree === null || line === null || item === undefined) return null
    this.#occupy(line)
    this.#turns.charge(tree, item.cost)
    tree.lines.charge(line, item.cost)
    this.#gone(line)
    return { item, process: line.process }
  }

  /** Takes one of what is left, without waiting. False when others could need it; otherwise `finished` follows. */
  claim(process: ProcessId, available: number): boolean {
    const line = this.#lineOf(process)
    const isFit = mayGo(line.tree, available) && fits(line.tree, available)(line)
    if (isFit) this.#occupy(line)
    return isFit
  }

  /** One that had its turn is over. */
  finished(process: ProcessId): void {
    const line = this.#lines.get(process)
    if (line === undefined) return
    line.outstanding -= 1
    line.tree.outstanding -= 1
  }

  /** Processes were frozen: from now on nothing of them has a turn. Nothing else changes. */
  freeze(): void {
    for (const line of this.#lines.values()) line.isFrozen ||= this.#placeOf(line.process).isFrozen
  }

  /** Shares changed, or processes were thawed: what waits is put where it belongs now. */
  refresh(): void {
    for (const line of this.#lines.values()) this.#settle(line)
  }

  /** Empties it, and returns what waited, process by process. */
  drain(): readonly Turn<T>[] {
    const all = [...this.#lines.values()].flatMap(({ process, waiting }) =>
      waiting.items().map((item) => ({ item, process })),
    )
    for (const { item, process } of all) this.remove(process, item)
    return all
  }

  #occupy(line: Line<T>): void {
    line.outstanding += 1
    line.tree.outstanding += 1
  }

  #lineOf(process: ProcessId): Line<T> {
    const known = this.#lines.get(process)
    if (known !== undefined) return known
    if (this.#lines.size >= this.#mostLines) this.#forgetIdle()
    const { tree: root } = this.#placeOf(process)
    const tree = this.#trees.get(root) ?? newTree<T>(root)
    const line: Line<T> = {
      ...memberWith(ordinaryShare),
      process,
      tree,
      waiting: new DeadlineLine(),
      outstanding: 0,
      isFrozen: false,
    }
    this.#trees.set(root, tree)
    this.#lines.set(process, line)
    this.#settle(line)
    return line
  }

  #settle(line: Line<T>): void {
    const { treeShare, share, isFrozen } = this.#placeOf(line.process)
    line.isFrozen = isFrozen
    reshared(line.tree.lines, line, share)
    reshared(this.#turns, line.tree, treeShare)
  }

  /** An item does not wait any more, for whatever reason. */
  #gone(line: Line<T>): void {
    this.#size -= 1
    if (line.waiting.length > 0) return
    line.tree.lines.leave(line)
    line.tree.busy -= 1
    if (line.tree.busy === 0) this.#turns.leave(line.tree)
  }

  /** Lines are kept while they may be needed again, because making one costs more than a turn. */
  #forgetIdle(): void {
    const used = new Set<Tree<T>>()
    for (const line of this.#lines.values()) {
      if (line.waiting.length > 0 || line.outstanding > 0) used.add(line.tree)
      else this.#lines.delete(line.process)
    }
    for (const tree of this.#trees.values()) if (!used.has(tree)) this.#trees.delete(tree.root)
    this.#mostLines = Math.max(fewestLinesKept, 2 * this.#lines.size)
  }
}

function newTree<T extends Waiting>(root: ProcessId): Tree<T> {
  return { ...memberWith(ordinaryShare), root, lines: new Turns(), busy: 0, outstanding: 0 }
}

function reshared<M extends Member>(turns: Turns<M>, member: M, share: Share): void {
  if (member.share !== share) turns.reshare(member, share)
}

/** True while what a member has outstanding, by its weight, is less than what is left for everybody. */
function mayGo(
  { outstanding, share }: Member & { readonly outstanding: number },
  available: number,
): boolean {
  return available > 0 && outstanding * ordinaryShare.weight < available * share.weight
}

/** Which lines of a tree that may go may go themselves: what is left for the tree is left for each as for trees. */
function fits<T extends Waiting>(
  { outstanding, share }: Tree<T>,
  available: number,
): (line: Line<T>) => boolean {
  const room = Math.floor((available * share.weight) / ordinaryShare.weight) - outstanding
  return (line) => !line.isFrozen && mayGo(line, Math.max(1, room))
}
