/**
 * The rung for machines that allow no namespaces to ordinary users: Landlock for files, a seccomp filter for the
 * rest, limits, and a warden that nothing of the program leaves. It shows no view of its own, so a boundary with a
 * copy-on-write view is refused here; and it hides contents, not names. Which attacks it cannot stop is in
 * docs/sandbox.md.
 */
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner } from '../boundary.ts'
import { prepareLimits } from '../limits/limits.ts'
import { launchGuardian } from './guarded.ts'
import { landlockInstructions } from './landlock-instructions.ts'
import { makeScratch } from './scratch.ts'

/** Makes the confiner of this rung. Whether it works here, the ladder's probe says. */
export function landlockConfiner(): Confiner {
  return { rung: 'landlock', start }
}

async function start(boundary: Boundary, what: ConfinedCommand): Promise<Result<Confined, string>> {
  const [view] = boundary.views
  if (view !== undefined) {
    return err(
      `the landlock rung has no copy-on-write view of ${view.path}: make it writable, or use a stronger rung`,
    )
  }
  const scratch = makeScratch(boundary)
  const group = await prepareLimits(boundary.limits, 'landlock')
  const instructions = landlockInstructions(boundary, what, scratch, group)
  const started = instructions.ok
    ? await launchGuardian({ boundary, what, scratch, group, instructions: instructions.value })
    : instructions
  if (!started.ok) {
    await group.remove()
    scratch.remove()
  }
  return started
}
