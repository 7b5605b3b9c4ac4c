/**
 * A domain's share of the machine, as far as the operating system lets an ordinary user say it: a niceness. One step
 * of niceness is a factor of about 1.25 between two that both want a processor. Nobody without privilege may lower a
 * niceness, so weights above that of an ordinary domain count as that one, unless the supervisor is privileged.
 */
import { writeFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { supervision } from './supervision.ts'

const factor = 1.25
const [most, least] = [-10, 19]

/** The niceness for a weight. */
export function nicenessOf(weight: number): number {
  const steps = Math.round(Math.log(supervision.weight / weight) / Math.log(factor))
  return Math.max(most, Math.min(least, steps)) + 0
}

/** What everything here had before the supervisor preferred itself. */
const ordinary = getPriority()

/** The supervisor itself comes before what it may have to halt, where the system lets it. */
export function preferSelf(): void {
  give(process.pid, ordinary + most)
}

/**
 * Gives a process that has just been started, and all that it will start, the share of its domain. Where it may not,
 * the process keeps what it has.
 */
export function applyShare(pid: number | undefined, weight: number): void {
  if (pid === undefined || pid <= 1) return
  const niceness = Math.min(least, ordinary + nicenessOf(weight))
  if (niceness !== ordinary || getPriority() !== ordinary) give(pid, niceness)
}

function give(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness)
    // Every unit has a session of its own. Where the system schedules sessions, theirs is the niceness that counts.
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness))
  } catch {
    // It ended, there are no such groups here, or the privilege is missing.
  }
}
