/**
 * Starts what was prepared: with an environment of nothing of ours, no descriptor but those that were given, and not
 * before the boundary stands and the caller agrees. The two rungs that stand on bubblewrap start alike, so that what
 * leaks from one cannot leak from the other.
 */
import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Rung } from '../boundary.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import { inheritedDescriptors } from './inherited-descriptors.ts'
import type { Prepared } from './prepare.ts'
import { BubblewrapProcess } from './process.ts'

/** What is started. The descriptors of `prepared` are closed, and on a failure it and the group are cleared away. */
export interface PreparedLaunch {
  readonly rung: Rung
  readonly boundary: Boundary
  readonly prepared: Prepared
  readonly group: LimitGroup
  /** The whole command, from what is outside to the program's last word. */
  readonly words: readonly string[]
  readonly streams: readonly Stream[]
  readonly what: ConfinedCommand
}

const mostInherited = 256

/** Why nothing can be started from this process without passing on what it should not, or null. */
export function whyLeaky(): string | null {
  const furthest = Math.max(0, ...inheritedDescriptors())
  return furthest < mostInherited
    ? null
    : `descriptor ${furthest} was passed on to Custos and would be passed on`
}

/** Starts it and lets it begin. */
export async function launchPrepared(launch: PreparedLaunch): Promise<Result<Confined, string>> {
  const { rung, boundary, prepared, group, words, streams, what } = launch
  const inherited = inheritedDescriptors()
  const [command = '', ...args] = words
  const nothing = inherited.length === 0 ? null : openSync('/dev/null', 'r')
  try {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: covered([...streams, ...prepared.descriptors, 'pipe', 'pipe'], inherited, nothing),
    })
    return await begin(new BubblewrapProcess(child, prepared, group, boundary, rung), what)
  } catch (error) {
    await group.remove()
    prepared.cleanUp()
    return err(`cannot be started: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    prepared.close()
    if (nothing !== null) closeSync(nothing)
  }
}

/** Lets the program begin when the boundary stands and the caller agrees. */
async function begin(started: BubblewrapProcess, what: ConfinedCommand): Promise<Result<Confined, string>> {
  if (!(await started.stands)) return err(await started.failure())
  try {
    await what.beforeStart?.(started.pids)
  } catch (error) {
    started.kill()
    await started.ended
    return err(`not started: ${error instanceof Error ? error.message : String(error)}`)
  }
  started.letBegin()
  return ok(started)
}

/** What a child is given at one descriptor. */
export type Stream = Exclude<StdioOptions, string>[number]

/** At least the three standard streams. */
export function streamsOf(stdio: StdioOptions): readonly Stream[] {
  const streams: readonly Stream[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : stdio
  return Array.from(
    { length: Math.max(3, streams.length) },
    (_, index) => streams[index] ?? (index < 3 ? 'pipe' : 'ignore'),
  )
}

/** Puts an empty device wherever a descriptor would be inherited. */
function covered(streams: readonly Stream[], inherited: readonly number[], nothing: Stream): Stream[] {
  const length = Math.max(streams.length, ...inherited.map((descriptor) => descriptor + 1))
  return Array.from(
    { length },
    (_, index) => streams[index] ?? (inherited.includes(index) ? nothing : 'ignore'),
  )
}
