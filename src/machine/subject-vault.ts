/**
 * The vault of a domain over the keys of its subjects. Which subjects live is known only when the ledger is folded;
 * until then no key is made, and none is needed.
 */
import { join } from 'node:path'
import type { Entropy } from '../base/ports.ts'
import { isLiving } from '../kernel/privacy/subject.ts'
import type { State } from '../kernel/state.ts'
import type { Vault } from '../ledger/port.ts'
import { openSubjectKeys } from '../ledger/privacy/subject-key-folder.ts'
import { openVault } from '../ledger/vault.ts'

/** A vault, and what ends a subject in it. */
export interface SubjectVault {
  readonly vault: Vault
  /** From here on keys are made for the subjects that live in `state`. */
  serve(state: State): void
  /** Destroys all that opens a subject's payloads, here and on the disk, or says why that failed. */
  destroy(subject: number): string | null
}

/** Opens the vault of domain `name` under `home`. */
export function openSubjectVault(
  home: string,
  name: string,
  masterKey: Uint8Array,
  entropy: Entropy,
): SubjectVault {
  let served: State | null = null
  const living = (subject: number): boolean => served !== null && isLiving(served, subject)
  const keys = openSubjectKeys(join(home, 'keys', `${name}.subjects`), living, entropy)
  const vault = openVault(masterKey, entropy, keys)
  return {
    vault,
    serve(state) {
      served = state
    },
    destroy(subject) {
      vault.forget(subject)
      return keys.destroy(subject)
    },
  }
}
