/**
 * What a run may ask for: exactly what its agent may, derived one by one, so that whatever is taken from the agent is
 * taken from the run. When the program is over only the part that commits its changes is left.
 */
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
export async function deriveHeld(parent: ParentLink, child: number): Promise<DerivedAuthority> {
  const capabilities: { capability: number; selectors: readonly string[] }[] = []
  const remarks: string[] = []
  for (const held of await parent.held()) {
    const selectors = held.selectors.map(({ selector }) => selector)
    if (!held.derivable) {
      remarks.push(
        `custos: c${held.capability} on ${visible(held.name)} may not be handed on: the run goes without`,
      )
      continue
    }
    const made = await parent.derive(held.handle, child)
    if ('code' in made)
      remarks.push(
        `custos: c${held.capability} on ${visible(held.name)} was not handed on: ${visible(made.message)}`,
      )
    else capabilities.push({ capability: made.capability, selectors })
  }
  return { capabilities, remarks }
}

/** Takes back everything but the committing of changes. */
export async function keepCommitOnly(parent: ParentLink, derived: DerivedAuthority): Promise<void> {
  for (const { capability, selectors } of derived.capabilities) {
    if (!selectors.includes(commitSelector)) await parent.revoke(capability)
  }
}

/** Whether the run may ask for its changes to be committed. */
export function mayCommit({ capabilities }: DerivedAuthority): boolean {
  return capabilities.some(({ selectors }) => selectors.includes(commitSelector))
}
