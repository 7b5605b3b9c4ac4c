/** Finds the argument for a survivor, and arguments that have become about nothing. */
import type { Argument } from './argument.ts'
import { capabilityArguments } from './argued/capability.ts'
import { gateArguments } from './argued/gate.ts'
import type { Mutant } from './sample.ts'
import { nameOf } from './sample.ts'

const known: readonly Argument[] = [...gateArguments, ...capabilityArguments]

const byName: ReadonlyMap<string, Argument> = new Map(
  known.flatMap((one) => one.changes.map((change) => [`src/kernel/${one.file}: ${change}`, one] as const)),
)

/** The argument for a survivor, or null. */
export function argumentFor(mutant: Mutant): Argument | null {
  return byName.get(nameOf(mutant)) ?? null
}

/** What is argued of mutants that are not among these. */
export function argumentsAboutNothing(mutants: readonly Mutant[]): readonly string[] {
  const there = new Set(mutants.map(nameOf))
  return [...byName.keys()].filter((name) => !there.has(name))
}
