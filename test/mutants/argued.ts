/**
 * Survivors that were looked at and may stand: mutants that change nothing anybody could notice, or only something
 * that is not a promise. Each has its reason; docs/mutants.md tells them by kind. What is not listed here is a test
 * that is missing.
 */
import type { Mutant } from './sample.ts'
import { nameOf } from './sample.ts'

/** One survivor, and why it may stand. */
export interface Argued {
  readonly file: string
  readonly mutator: string
  readonly original: string
  readonly replacement: string
  /**
   * `same`: no input makes a difference. `unreachable`: what would make one is refused before on every path there is.
   * Neither can be noticed by any test. `choice`: it makes a difference that is not a promise.
   */
  readonly kind: 'same' | 'unreachable' | 'choice'
  readonly why: string
}

/** Every survivor that was argued. */
export const argued: readonly Argued[] = [
  {
    file: 'src/kernel/capability/plant.ts',
    mutator: 'ConditionalExpression',
    original: 'handle === 0 || !state.capabilities.isHeld(capability)',
    replacement: 'false',
    kind: 'same',
    why: 'No table has a handle 0, and what is in no table is dropped already.',
  },
  {
    file: 'src/kernel/capability/plant.ts',
    mutator: 'ConditionalExpression',
    original: 'handle === 0',
    replacement: 'false',
    kind: 'same',
    why: 'What has no handle is not held either.',
  },
  {
    file: 'src/kernel/capability/plant.ts',
    mutator: 'ConditionalExpression',
    original: 'parent !== 0',
    replacement: 'true',
    kind: 'same',
    why: 'There is no capability 0 to be taken out.',
  },
  {
    file: 'src/kernel/capability/reserve.ts',
    mutator: 'ConditionalExpression',
    original: 'rate !== undefined',
    replacement: 'true',
    kind: 'same',
    why: 'Without a rate no window is open. The compiler wants it.',
  },
  {
    file: 'src/kernel/capability/derive.ts',
    mutator: 'ConditionalExpression',
    original: 'parent === undefined',
    replacement: 'false',
    kind: 'unreachable',
    why: 'Without a parent there is a refusal already. The compiler wants it.',
  },
  {
    file: 'src/kernel/capability/derive.ts',
    mutator: 'OptionalChaining',
    original: 'state.processes.get(holder)?.child',
    replacement: 'state.processes.get(holder).child',
    kind: 'unreachable',
    why: 'A holder that does not exist was refused before. The compiler wants it.',
  },
  {
    file: 'src/kernel/capability/tighten.ts',
    mutator: 'LogicalOperator',
    original: '!closed && capability !== leaf.id',
    replacement: '!closed || capability !== leaf.id',
    kind: 'unreachable',
    why: 'A closed account is there only within the decision that ends its last call.',
  },
  {
    file: 'src/kernel/capability/budget.ts',
    mutator: 'ArrayDeclaration',
    original: '[]',
    replacement: '["Stryker was here"]',
    kind: 'unreachable',
    why: 'Accounts are gone through only where there are some. The compiler wants it.',
  },
  {
    file: 'src/kernel/capability/move.ts',
    mutator: 'ConditionalExpression',
    original: 'held === undefined',
    replacement: 'false',
    kind: 'same',
    why: 'What is in no table is no capability in the tree either. The compiler wants it.',
  },
  {
    file: 'src/kernel/capability/plant.ts',
    mutator: 'EqualityOperator',
    original: 'capability < sweep.at',
    replacement: 'capability <= sweep.at',
    kind: 'choice',
    why: 'A pass over what is dead may begin once more where it is: it costs work, and takes out the same.',
  },
  {
    file: 'src/kernel/capability/live-memo.ts',
    mutator: 'EqualityOperator',
    original: 'this.#now < lastMoment',
    replacement: 'this.#now <= lastMoment',
    kind: 'unreachable',
    why: 'It takes more than four thousand million changes in the life of one process to come there.',
  },
  {
    file: 'src/kernel/capability/run-digest.ts',
    mutator: 'BooleanLiteral',
    original: 'true',
    replacement: 'false',
    kind: 'choice',
    why: 'The order of the bytes of one number in what is hashed. Either says everything about the state.',
  },
  {
    file: 'src/kernel/gate/passage.ts',
    mutator: 'StringLiteral',
    original: "'act'",
    replacement: '""',
    kind: 'unreachable',
    why: 'The canon lets nothing without an effect class come this far.',
  },
]

/** The argument for a survivor, or null. */
export function argumentFor(mutant: Mutant): Argued | null {
  const name = nameOf(mutant)
  return argued.find((one) => nameOf(one) === name) ?? null
}
