/**
 * The canon as a kernel's process keeps it: the text that a new domain begins with, and the copy in the home that
 * has to say, at every start, exactly what the ledger says.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Event } from '../kernel/event.ts'
import type { CanonDocument, CanonSignature } from '../kernel/canon/document.ts'
import { digestOf } from '../kernel/canon/document.ts'
import type { State } from '../kernel/state.ts'
import { canonFileText, canonPath, readCanonFile, writeCanonFile } from '../seal/canon-file.ts'
import { whyNoCanon } from '../seal/canon-history.ts'
import { readIfThere } from '../seal/whole-file.ts'
import type { CanonStep } from './canon-steps.ts'
import { canonStep, signaturesOf } from './canon-steps.ts'

/** Follows a ledger while it is folded, and then holds the home's copy of the canon against it. */
export class CanonCheck {
  #problem: string | null = null
  readonly #steps: CanonStep[]

  /** With how the canon of the state came about that the fold begins with. */
  constructor(steps: readonly CanonStep[] = []) {
    this.#steps = [...steps]
  }

  /** How the canon in force came about. */
  get steps(): readonly CanonStep[] {
    return this.#steps
  }

  /** Hears of an event before the state does. */
  see(state: State, event: Event): void {
    this.#problem ??= whyNoCanon(state, event)
    const step = canonStep(state, event)
    if (step !== null) this.#steps.push(step)
  }

  /** What to tell the operator, or why the domain is not opened. A copy that is not there yet is made. */
  check(home: string, state: State): Result<readonly string[], string> {
    if (this.#problem !== null) return err(this.#problem)
    return checkCanonFile(home, state, signaturesOf(this.#steps))
  }
}

function checkCanonFile(
  home: string,
  { domain }: State,
  signatures: readonly CanonSignature[],
): Result<readonly string[], string> {
  if (domain?.canon === undefined) return ok([])
  const { canon, canonVersion } = domain
  const path = canonPath(home, canonVersion)
  const bytes = readIfThere(path)
  if (domain.role === 'member') return bytes === null ? ok([]) : checkMembers(home, domain.canon)
  if (bytes === null) {
    writeCanonFile(home, { canon, signatures })
    return ok([`the canon was written to ${path}`])
  }
  if (Buffer.from(canonFileText({ canon, signatures })).equals(bytes)) return ok([])
  return err(`${path} is not the canon of the ledger`)
}

/** A member has the canon from its sovereign's statement, and knows nothing of who signed it. */
function checkMembers(home: string, canon: CanonDocument): Result<readonly string[], string> {
  const kept = readCanonFile(home, canon.version)
  if (!kept.ok) return kept
  return digestOf(kept.value.canon) === digestOf(canon)
    ? ok([])
    : err(`${canonPath(home, canon.version)} is not the canon of the ledger`)
}
