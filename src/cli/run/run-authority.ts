/**
 * What a run may ask for: exactly what its agent may, derived one by one, so that whatever is taken from the agent is
 * taken from the run. When the program is over only the part that commits its changes is left.
 */
import type { HeldCapability } from '../../sdk/call.ts'
import { visible } from '../escape.ts'
import type { ParentLink } from './parent-link.ts'

/** What was derived. */
export interface DerivedAuthority {
  /** Capabilities of the run, with what they were made for. */
  readonly capabilities: readonly { readonly capability: number; readonly selectors: readonly string[] }[]
  /** What could not be handed on, in words. */
  readonly remarks: readonly string[]
}

/** The selector by which changes are committed. */
export const commitSelector = 'changes/commit'

/** Derives everything that the agent holds to its child, unnarrowed. What forbids deriving stays behind. */
export async function deriveHeld(
  parent: ParentLink,
  held: readonly HeldCapability[],
  child: number,
): Promise<DerivedAuthority> {
  // Asked for together, so that they become durable together.
  const made = await Promise.all(
    held.map(async (one) => (one.derivable ? parent.derive(one.handle, child) : null)),
  )
  const capabilities = held.flatMap(({ selectors }, index) => {
    const answer = made[index]
    const names = selectors.map(({ selector }) => selector)
    return answer === null || answer === undefined || 'code' in answer
      ? []
      : [{ capability: answer.capability, selectors: names }]
  })
  const remarks = held.flatMap(({ capability, name }, index) => {
    const answer = made[index]
    const what = `custos: c${capability} on ${visible(name)}`
    if (answer === null) return [`${what} may not be handed on: the run goes without`]
    return answer !== undefined && 'code' in answer
      ? [`${what} was not handed on: ${visible(answer.message)}`]
      : []
  })
  return { capabilities, remarks }
}

/** Takes back everything but the committing of changes. */
export async function keepCommitOnly(parent: ParentLink, derived: DerivedAuthority): Promise<void> {
  const others = derived.capabilities.filter(({ selectors }) => !selectors.includes(commitSelector))
  await Promise.all(others.map(({ capability }) => parent.revoke(capability)))
}

/** Whether the run may ask for its changes to be committed. */
export function mayCommit({ capabilities }: DerivedAuthority): boolean {
  return capabilities.some(({ selectors }) => selectors.includes(commitSelector))
}
