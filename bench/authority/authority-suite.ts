/**
 * What authority costs when there is much of it: checks among a thousand and among a million capabilities, the
 * revocation of a root that a million descend from, what they take in memory, and the state root over them.
 */
import type { CapabilityId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { stateRoot } from '../../src/kernel/root.ts'
import type { Contest, OpenSuite, Suite } from '../measure/contest.ts'
import { pieceByPiece } from '../measure/piece-by-piece.ts'
import { askInTurn, mayPass, mayUse, readInTurn, recordWords } from './checks.ts'
import { bytesEach, cascadeOnce, revokeOnce, timed } from './footprint.ts'
import { growTree } from './large-tree.ts'

const many = 1_000_000
const few = 1_000
const piece = 2_000

/** The suite named `authority`. */
export const authoritySuite: Suite = {
  name: 'authority',
  open: (sliceMs) => Promise.resolve(openAuthoritySuite(sliceMs)),
}

function openAuthoritySuite(sliceMs: number): OpenSuite {
  const contests = [memory(), ...checks(sliceMs), revocation(), roots()]
  return { contests, close: () => Promise.resolve() }
}

function checks(sliceMs: number): readonly Contest[] {
  const [large, small] = [growTree(many), growTree(few)]
  const records = new Uint32Array((many + 1) * recordWords).fill(1)
  const hot = spread(large.leaves, small.leaves.length)
  const order = shuffled(many).map((at) => id<CapabilityId>(at + 1))
  // As after each has been used once.
  for (const question of [mayUse, mayPass]) askInTurn(large.state, order, question)
  const pieces = Array.from({ length: many / piece }, (_, at) => order.slice(at * piece, (at + 1) * piece))
  let next = 0
  const some = (): readonly CapabilityId[] => {
    next = (next + 1) % pieces.length
    return pieces[next] ?? []
  }
  const loop = (name: string, work: () => number) => ({
    name,
    slice: () => Promise.resolve(pieceByPiece(work, sliceMs)),
  })
  const [amongMany, amongFew] = ['check of hot ones among 10⁶', 'check of all leaves among 10³']
  const [anyOfMany, bareRead] = ['check of any among 10⁶', 'random read of a record']
  return [
    {
      title: 'depth 64',
      unit: 'checks',
      ours: [loop(amongMany, () => askInTurn(large.state, hot, mayUse))],
      references: [loop(amongFew, () => askInTurn(small.state, small.leaves, mayUse))],
      bars: [{ subject: amongMany, reference: amongFew, of: 'latency', bar: 1.25 }],
    },
    {
      title: 'one after the other',
      unit: 'checks',
      ours: [
        loop(anyOfMany, () => askInTurn(large.state, some(), mayUse)),
        loop('the same by the gate, with copies', () => askInTurn(large.state, some(), mayPass)),
      ],
      references: [loop(bareRead, () => readInTurn(records, some()))],
      bars: [{ subject: anyOfMany, reference: bareRead, of: 'latency', bar: 3 }],
    },
  ]
}

function revocation(): Contest {
  const [mark, cascade] = ['one mark', 'marking all of them']
  return {
    title: 'revoking a root of 10⁶',
    unit: 'revocations',
    ours: [{ name: mark, slice: () => Promise.resolve(revokeOnce(many)) }],
    references: [{ name: cascade, slice: () => Promise.resolve(cascadeOnce(many)) }],
    bars: [{ subject: mark, reference: cascade, of: 'latency', bar: 1 / 1_000 }],
    mostRounds: 3,
  }
}

function memory(): Contest {
  const subject = 'a capability'
  // Taken now, while there is nothing else in memory that could be found to be garbage meanwhile.
  const bytes = bytesEach(many)
  const slice = () => Promise.resolve({ perSecond: null, p50Us: bytes, p99Us: null })
  return {
    title: 'one of 10⁶ with two distinct caveats',
    unit: 'capabilities',
    measure: { name: 'memory', unit: 'bytes' },
    ours: [{ name: subject, slice }],
    references: [],
    bars: [{ subject, reference: null, of: 'latency', bar: 64 }],
    mostRounds: 1,
  }
}

function roots(): Contest {
  const changed = 'state root, 1,000 of 10⁶ changed'
  const { state, leaves } = growTree(many)
  const some = spread(leaves, few)
  stateRoot(state)
  const change = (): void => {
    for (const capability of some) state.capabilities.count(capability, 0, 1)
  }
  return {
    title: 'signed over at a checkpoint',
    unit: 'roots',
    ours: [
      {
        name: changed,
        slice: () => {
          change()
          return Promise.resolve(timed(() => void stateRoot(state)))
        },
      },
    ],
    references: [
      {
        name: 'state root, all of 10⁶ new',
        slice: () => {
          const fresh = growTree(many)
          return Promise.resolve(timed(() => void stateRoot(fresh.state)))
        },
      },
    ],
    mostRounds: 3,
  }
}

/** `count` of the items, evenly spread. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, (_, at) => items[Math.floor((at * items.length) / count)] as T)
}

/** The numbers below `count` in an order without pattern that is the same every time. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at)
  let word = 1
  for (let left = count - 1; left > 0; left--) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((word / 4_294_967_296) * (left + 1))
    ;[order[left], order[other]] = [order[other] as number, order[left] as number]
  }
  return order
}
