/**
 * Looking names up for one program, a few at a time. The system's resolver has few hands for a whole operating-system
 * process and cannot be called back, so a program that asks for slow names must not hold all of them.
 */
import { type Network, untilAborted } from './network.ts'

/** Looks a name up when its turn comes; rejects when `signal` aborts first. */
export type Lookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>

/** Lookups of `network`, with at most `most` under way. */
export function fewLookups(network: Network, most: number): Lookup {
  const state = { underWay: 0, waiting: [] as (() => void)[] }
  const isFull = (): boolean => state.underWay >= most
  const leave = (): void => {
    state.underWay -= 1
    const turns = state.waiting
    state.waiting = []
    // All of them look again: one that gave up meanwhile must not swallow the turn.
    for (const turn of turns) turn()
  }
  return async (name, signal) => {
    while (isFull()) await untilAborted(new Promise<void>((turn) => void state.waiting.push(turn)), signal)
    signal.throwIfAborted()
    state.underWay += 1
    const looking = network.resolve(name)
    looking.then(leave, leave)
    return untilAborted(looking, signal)
  }
}
