/**
 * Which boundary this machine's programs get: exactly the rung that is asked for, else the strongest that the
 * supervisor found when it started, never another. Where it found none, or none runs, the ladder is tried here, so that a
 * person hears what is missing now.
 */
import type { Confiner, Rung } from '../sandbox/boundary.ts'
import { rungs, rungVariable } from '../sandbox/rungs.ts'
import { CommandFailure, exitCodes } from './exit.ts'
import type { HomePaths } from './home.ts'
import { textOf } from './kernel-client.ts'
import { askSupervisor } from './supervisor-client.ts'

/** The confiner to use; `wanted` is what a person said, else `CUSTOS_RUNG` counts. Fails as a command does. */
export async function chosenConfiner(
  paths: HomePaths,
  env: NodeJS.ProcessEnv,
  wanted: Rung | null = null,
): Promise<Confiner> {
  const asked = wanted ?? env[rungVariable] ?? ''
  const found = asked === '' ? await rungOfSupervisor(paths) : asked
  const known = rungs.find((candidate) => candidate === found)
  if (known !== undefined) return loadConfiner(known)
  const { confinerFor, probeLadder } = await import('../sandbox/ladder.ts')
  const chosen = confinerFor(await probeLadder(env))
  if (chosen.ok) return chosen.value
  throw new CommandFailure(exitCodes.unreachable, chosen.error, 'see: custos doctor')
}

/** The confiner of one rung, without loading what the others are made of. */
async function loadConfiner(rung: Rung): Promise<Confiner> {
  switch (rung) {
    case 'gvisor':
      return (await import('../sandbox/gvisor/confiner.ts')).gvisorConfiner()
    case 'bubblewrap':
      return (await import('../sandbox/bubblewrap/confiner.ts')).bubblewrapConfiner()
    case 'landlock':
      return (await import('../sandbox/landlock/confiner.ts')).landlockConfiner()
  }
}

async function rungOfSupervisor(paths: HomePaths): Promise<string> {
  const status = await askSupervisor(paths, { op: 'status' }).catch(() => null)
  return status === null ? '' : textOf(status.header, 'rung')
}
