/**
 * The rung that stands on namespaces: bubblewrap with a filter of our own, as an unprivileged user whoever starts it.
 * The kernel is shared with the host, and everything else is not. This file starts a boundary and answers for what
 * runs in it; what it is made of is planned in `layout.ts` and `prepare.ts`.
 */
import { randomBytes } from 'node:crypto'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner } from '../boundary.ts'
import { prepareLimits, readyLimits } from '../limits/limits.ts'
import { launchPrepared, streamsOf, whyLeaky } from './launch-prepared.ts'
import { prepareBoundary } from './prepare.ts'

/** How a confiner finds what is ours. */
export interface BubblewrapOptions {
  /** The environment that says where our own state lies; ours when it is not given. */
  readonly env?: NodeJS.ProcessEnv
}

/** Starts programs under bubblewrap. */
export function bubblewrapConfiner({ env = process.env }: BubblewrapOptions = {}): Confiner {
  return {
    rung: 'bubblewrap',
    ready: readyLimits,
    start: (boundary, what) => start(boundary, what, env),
  }
}

async function start(
  boundary: Boundary,
  what: ConfinedCommand,
  env: NodeJS.ProcessEnv,
): Promise<Result<Confined, string>> {
  const streams = streamsOf(what.stdio)
  const leaky = whyLeaky()
  if (leaky !== null) return err(leaky)
  const group = await prepareLimits(boundary.limits, `sandbox-${randomBytes(6).toString('hex')}`)
  const preparation = prepareBoundary(boundary, { firstDescriptor: streams.length, env, group })
  if (!preparation.ok) {
    await group.remove()
    return preparation
  }
  const prepared = preparation.value
  const words = [...prepared.chain, what.command, ...what.args]
  return launchPrepared({ rung: 'bubblewrap', boundary, prepared, group, words, streams, what })
}
