/**
 * The verdict on a campaign. Each question has a file of its own; none of them asks the gate, and what they
 * share with the product is the reader and the fold, which is what the roots are about.
 */
import type { Evidence } from '../evidence.ts'
import { judgeAcknowledgements } from './acknowledgements.ts'
import { judgeAuthority } from './authority.ts'
import { judgeCalls } from './calls.ts'
import { judgeEffects } from './effects.ts'
import { judgeRoots } from './roots.ts'

/** Everything that is wrong, in sentences. Empty when nothing is. */
export function judge(evidence: Evidence): readonly string[] {
  return [judgeAcknowledgements, judgeCalls, judgeAuthority, judgeEffects, judgeRoots].flatMap((question) =>
    question(evidence),
  )
}
