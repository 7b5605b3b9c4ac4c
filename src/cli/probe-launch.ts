/**
 * Starts a program that is only looked at, in the same boundary that it will have as a driver, so that what works
 * while it is looked at works afterwards. Its messages for people are caught instead of printed, because they come
 * from something that nobody trusts yet.
 */
import { confinedLaunch } from '../driver/confined-program.ts'
import type { LaunchProgram } from '../driver/program.ts'
import { chosenConfiner } from './chosen-confiner.ts'
import type { HomePaths } from './home.ts'

/** Starts programs for a domain; `kill` ends one with everything it started. */
export function launchForProbe(paths: HomePaths): LaunchProgram {
  return async (program) => {
    const confiner = await chosenConfiner(paths, process.env)
    return confinedLaunch({ confiner, home: paths.state, stderr: 'caught' })(program)
  }
}
