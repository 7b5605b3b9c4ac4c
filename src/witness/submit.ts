/**
 * Brings one tree head to one witness, as C2SP tlog-witness has it. What the witness says is checked: a cosignature
 * that does not verify is none. A witness that knows more of this ledger than the ledger itself, or other things, is
 * the one sign of a rollback or a fork that no copy of the folder can hide.
 */
import { sha256 } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { toBase64 } from '../ledger/evidence/base64.ts'
import { cosignedAt } from './cosignature.ts'
import { consistencyProof } from './merkle-proof.ts'
import { nodeVerification } from '../ledger/evidence/node-verification.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { parseNote, parseSignatureLine } from '../ledger/evidence/note.ts'
import type { TileStore } from '../ledger/evidence/tiles.ts'
import { TileNodes } from '../ledger/evidence/tiles.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'
import type { Reply } from './ask-witness.ts'

/** What goes to which witness. */
export interface Submission {
  /** The tree head as the ledger signed it, a note. */
  readonly note: string
  readonly tiles: TileStore
  readonly witness: NoteKey
  /** The size that the witness cosigned last, as far as is known here. */
  readonly oldSize: number
}

/** The note with the witness's line, and when it was cosigned, in seconds since 1970. */
export interface Cosigned {
  readonly note: string
  readonly size: number
  readonly at: number
}

/** Why there is no cosignature. `code` is `contradiction` when the witness knows another history of this ledger. */
export interface NotCosigned {
  readonly code: 'contradiction' | 'refused' | 'unreachable' | 'no-proof'
  readonly message: string
}

/** Asks once, and a second time when the witness remembers another size. Never rejects. */
export async function submitHead(
  submission: Submission,
  ask: (body: string) => Promise<Reply>,
): Promise<Result<Cosigned, NotCosigned>> {
  const parsed = parseNote(submission.note)
  const head = parsed.ok ? parseTreeHead(parsed.value.text) : parsed
  if (!head.ok) return no('no-proof', `there is no tree head to submit: ${head.error}`)
  const { size } = head.value
  const first = await attempt(submission, submission.oldSize, size, ask)
  const known = first.ok && first.value.status === 409 ? sizeIn(first.value) : null
  if (known === null) return first.ok ? judge(submission, size, first.value) : first
  if (known > size)
    return no(
      'contradiction',
      `the witness cosigned ${known} events, and this ledger signs ${size}: it was rolled back`,
    )
  const second = await attempt(submission, known, size, ask)
  return second.ok ? judge(submission, size, second.value) : second
}

async function attempt(
  { note, tiles }: Submission,
  oldSize: number,
  size: number,
  ask: (body: string) => Promise<Reply>,
): Promise<Result<Reply, NotCosigned>> {
  const from = Math.min(oldSize, size)
  const proof = consistencyProof(sha256, new TileNodes(sha256, tiles, size), from, size)
  if (proof === null)
    return no(
      'no-proof',
      `tiles are missing for a proof from ${from} to ${size}; a start of the kernel makes them anew`,
    )
  const lines = [`old ${from}`, ...proof.map(toBase64)]
  try {
    return ok(await ask(`${lines.join('\n')}\n\n${note}`))
  } catch (problem) {
    return no('unreachable', problem instanceof Error ? problem.message : String(problem))
  }
}

function judge({ note, witness }: Submission, size: number, reply: Reply): Result<Cosigned, NotCosigned> {
  if (reply.status === 409 && sizeIn(reply) === null)
    return no('contradiction', `the witness cosigned another tree of ${size} events: ${said(reply)}`)
  if (reply.status === 422)
    return no(
      'contradiction',
      `the witness cosigned a history that this one does not continue: ${said(reply)}`,
    )
  if (reply.status !== 200) return no('refused', `the witness answered ${reply.status}: ${said(reply)}`)
  const lines = reply.body.split('\n').filter((line) => line !== '')
  const own = lines
    .filter((line) => parseSignatureLine(line)?.name === witness.name)
    .map((line) => `${line}\n`)
  const cosigned = note + own.join('')
  const parsed = parseNote(cosigned)
  const at = parsed.ok && own.length > 0 ? cosignedAt(nodeVerification, parsed.value, witness) : null
  if (at === null) return no('refused', 'what the witness answered is no cosignature by its key')
  return ok({ note: cosigned, size, at })
}

function no(code: NotCosigned['code'], message: string): Result<never, NotCosigned> {
  return err({ code, message })
}

function said({ body }: Reply): string {
  return JSON.stringify(body.slice(0, 200).trim())
}

/** The size that a witness says it cosigned last, or null when it says something else. */
function sizeIn({ type, body }: Reply): number | null {
  const size = type.startsWith('text/x.tlog.size') ? /^(0|[1-9][0-9]{0,15})\n?$/.exec(body)?.[1] : undefined
  return size === undefined || !Number.isSafeInteger(Number(size)) ? null : Number(size)
}
