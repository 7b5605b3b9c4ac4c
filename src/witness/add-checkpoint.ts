/**
 * What a witness makes of one `add-checkpoint` of C2SP tlog-witness, decided from the request and from the newest
 * tree head that it cosigned of that log, without touching anything. The order of the checks is that of the text: who
 * has no key of the log learns nothing but that.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { fromBase64 } from '../ledger/evidence/base64.ts'
import { sameHash } from '../ledger/evidence/merkle.ts'
import { isConsistent } from './merkle-proof.ts'
import type { NoteKey, SignedNote, VerificationPorts } from '../ledger/evidence/note.ts'
import { isSignedBy, parseNote } from '../ledger/evidence/note.ts'
import type { TreeHead } from '../ledger/evidence/tree-head.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'

/** One request, read and not judged. */
export interface AddCheckpoint {
  readonly oldSize: number
  readonly proof: readonly Uint8Array[]
  readonly note: SignedNote
  readonly head: TreeHead
}

/** Size and root of the newest head that was cosigned. */
export interface CosignedTree {
  readonly size: number
  readonly root: Uint8Array
}

/** What to answer. `isContradiction`: the log's own key signed what does not fit what was cosigned. */
export type Verdict =
  | { readonly status: 200 }
  | { readonly status: 400 | 403 | 404 | 422; readonly why: string; readonly isContradiction?: true }
  /** `size` is what to say to whoever asked with another size; null where the roots differ. */
  | {
      readonly status: 409
      readonly size: number | null
      readonly why: string
      readonly isContradiction?: true
    }

/** Bytes of a request, and lines of a proof, at most. */
export const addCheckpointLimits = { bytes: 131_072, proof: 63 } as const

/** Reads a request. The error says what is wrong with its form. */
export function parseAddCheckpoint(body: string): Result<AddCheckpoint, string> {
  const end = body.indexOf('\n\n')
  const lines = body.slice(0, Math.max(end, 0)).split('\n')
  const oldSize = /^old (0|[1-9][0-9]{0,15})$/.exec(lines[0] ?? '')?.[1]
  if (end === -1 || oldSize === undefined || !Number.isSafeInteger(Number(oldSize)))
    return err('the first line is "old" and a size')
  const hashes = lines.slice(1).map(fromBase64)
  const proof = hashes.filter((hash) => hash?.length === 32)
  if (proof.length !== hashes.length || proof.length > addCheckpointLimits.proof)
    return err(`a proof is at most ${addCheckpointLimits.proof} hashes in base64`)
  const note = parseNote(body.slice(end + 2))
  if (!note.ok) return note
  const head = parseTreeHead(note.value.text)
  if (!head.ok) return head
  return ok({
    oldSize: Number(oldSize),
    proof: proof.filter((hash) => hash !== null),
    note: note.value,
    head: head.value,
  })
}

/** Judges a request. `keys` are those of all logs that are known here; `cosigned` is null before the first time. */
export function judgeAddCheckpoint(
  ports: VerificationPorts,
  { oldSize, proof, note, head }: AddCheckpoint,
  keys: readonly NoteKey[],
  cosigned: CosignedTree | null,
): Verdict {
  const own = keys.filter(({ name }) => name === head.origin)
  if (own.length === 0) return { status: 404, why: 'this log is not known here' }
  if (!own.some((key) => isSignedBy(ports, note, key)))
    return { status: 403, why: 'no key that is known of this log signed it' }
  if (oldSize > head.size) return { status: 400, why: 'the old size is beyond the tree' }
  const known = cosigned ?? { size: 0, root: ports.hash(new Uint8Array(0)) }
  if (oldSize !== known.size) return { status: 409, size: known.size, why: 'another size was cosigned last' }
  if (oldSize === head.size && !sameHash(known.root, head.root)) {
    const why = 'another tree of this size was cosigned: the log has two histories'
    return { status: 409, size: null, why, isContradiction: true }
  }
  if (isConsistent(ports.hash, known, head, proof)) return { status: 200 }
  return { status: 422, why: 'the tree does not continue what was cosigned', isContradiction: true }
}
