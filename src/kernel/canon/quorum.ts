/**
 * Whether enough keyholders signed. Each counts once, whatever they signed how often, and only while their key has
 * neither expired nor been given up. An amendment needs the set that is in force and the set that it brings.
 */
import type { State } from '../state.ts'
import type { CanonDocument, Keyholder } from './document.ts'
import { canonOf } from './evaluate.ts'

/** The set that the canon in force can be amended by. */
export interface KeyholderSet {
  readonly keyholders: readonly Keyholder[]
  readonly threshold: number
}

/** The keyholders in force: those of the canon, or, of a founding canon, the first sovereign operator. */
export function keyholdersInForce(state: State): KeyholderSet {
  const { keyholders, threshold } = canonOf(state)
  if (keyholders.length > 0) return { keyholders, threshold }
  const founder = [...state.operators.values()].find(
    (operator) => operator.level === 'sovereign' && operator.status === undefined,
  )
  if (founder === undefined) return { keyholders: [], threshold }
  return { keyholders: [{ name: founder.name, publicKey: founder.publicKey }], threshold }
}

/** How many keyholders of a set are among `signers` and count at `at`. */
export function countSigners(
  state: State,
  { keyholders }: Pick<CanonDocument, 'keyholders'>,
  signers: ReadonlySet<string>,
  at: number,
): number {
  return keyholders.filter((holder) => signers.has(holder.publicKey) && counts(state, holder, at)).length
}

/** False once a key has expired, or is one that an operator lost, replaced, or that was revoked. */
export function counts(state: State, { publicKey, expiresAt }: Keyholder, at: number): boolean {
  if (expiresAt !== undefined && at >= expiresAt) return false
  if (state.retiredKeys?.has(publicKey) === true) return false
  return ![...state.operators.values()].some(
    (operator) => operator.publicKey === publicKey && operator.status !== undefined,
  )
}
