/**
 * The rung that stands on namespaces: bubblewrap with a filter of our own, as an unprivileged user whoever starts it.
 * The kernel is shared with the host, and everything else is not. This file starts a boundary and answers for what
 * runs in it; what it is made of is planned in `layout.ts` and `prepare.ts`.
 */
import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner } from '../boundary.ts'
import { prepareLimits, readyLimits } from '../limits/limits.ts'
import { inheritedDescriptors } from './inherited-descriptors.ts'
import { prepareBoundary } from './prepare.ts'
import { BubblewrapProcess } from './process.ts'

/** How a confiner finds what is ours. */
export interface BubblewrapOptions {
  /** The environment that says where our own state lies; ours when it is not given. */
  readonly env?: NodeJS.ProcessEnv
}

const mostInherited = 256

/** Starts programs under bubblewrap. */
export function bubblewrapConfiner({ env = process.env }: BubblewrapOptions = {}): Confiner {
  return {
    rung: 'bubblewrap',
    ready: () => void readyLimits(),
    start: (boundary, what) => start(boundary, what, env),
  }
}

async function start(
  boundary: Boundary,
  what: ConfinedCommand,
  env: NodeJS.ProcessEnv,
): Promise<Result<Confined, string>> {
  const streams = streamsOf(what.stdio)
  const inherited = inheritedDescriptors()
  const furthest = Math.max(0, ...inherited)
  if (furthest >= mostInherited)
    return err(`descriptor ${furthest} was passed on to Custos and would be passed on`)
  const group = await prepareLimits(boundary.limits, `sandbox-${randomBytes(6).toString('hex')}`)
  const preparation = prepareBoundary(boundary, { firstDescriptor: streams.length, env, group })
  if (!preparation.ok) {
    await group.remove()
    return preparation
  }
  const prepared = preparation.value
  const [command = '', ...args] = [...prepared.chain, what.command, ...what.args]
  const nothing = inherited.length === 0 ? null : openSync('/dev/null', 'r')
  try {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: covered([...streams, ...prepared.descriptors, 'pipe', 'pipe'], inherited, nothing),
    })
    return await begin(new BubblewrapProcess(child, prepared, group, boundary), what)
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
export async function begin(
  started: BubblewrapProcess,
  what: ConfinedCommand,
): Promise<Result<Confined, string>> {
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
export function covered(streams: readonly Stream[], inherited: readonly number[], nothing: Stream): Stream[] {
  const length = Math.max(streams.length, ...inherited.map((descriptor) => descriptor + 1))
  return Array.from(
    { length },
    (_, index) => streams[index] ?? (inherited.includes(index) ? nothing : 'ignore'),
  )
}
