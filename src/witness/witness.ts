/**
 * A witness: a key, and a memory of what it cosigned. It cosigns a tree head only when that continues the newest one
 * it cosigned of the same log, and remembers before it answers. Judging, remembering and signing happen in one turn,
 * so that no two requests can come between each other.
 */
import { sha256 } from '../base/hash.ts'
import { cosign } from './cosignature.ts'
import { nodeVerification } from '../ledger/evidence/node-verification.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { judgeAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts'
import type { WitnessMemory } from './witness-memory.ts'

/** What answers one request. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** What a witness needs. */
export interface WitnessPorts {
  readonly key: NoteKey
  /** The 64 bytes of an Ed25519 signature of the witness's key. */
  sign(message: Uint8Array): Uint8Array
  readonly memory: WitnessMemory
  /** The keys of the logs that it serves. */
  readonly logs: readonly NoteKey[]
  /** Seconds since 1970. */
  readonly now: () => number
  /** Tells whoever runs it. */
  readonly remark: (line: string) => void
}

const plain = 'text/plain; charset=utf-8'

/** A witness. */
export class Witness {
  readonly #ports: WitnessPorts

  constructor(ports: WitnessPorts) {
    this.#ports = ports
  }

  /** Answers `POST add-checkpoint`. Throws when its memory fails: then nothing was cosigned. */
  add(body: string): Answer {
    const { memory, logs, key, now, remark } = this.#ports
    const request = parseAddCheckpoint(body)
    if (!request.ok) return told(400, request.error)
    const { note, head } = request.value
    const known = memory.newest(head.origin)
    if (!known.ok) throw new Error(known.error)
    const verdict = judgeAddCheckpoint(nodeVerification, request.value, logs, known.value?.head ?? null)
    if (verdict.status !== 200) {
      if (verdict.isContradiction === true) {
        memory.keepContradiction(body.slice(body.indexOf('\n\n') + 2))
        remark(`${head.origin} at size ${head.size}: ${verdict.why}`)
      }
      if (verdict.status === 409 && verdict.size !== null)
        return { status: 409, type: 'text/x.tlog.size', body: `${verdict.size}\n` }
      return told(verdict.status, verdict.why)
    }
    const sign = (message: Uint8Array): Uint8Array => this.#ports.sign(message)
    const line = cosign(sha256, key, sign, note.text, now())
    const own = note.signatures.filter(({ name }) => name === head.origin).map((signature) => signature.line)
    memory.remember(head.origin, `${note.text}\n${own.join('')}${line}`)
    return { status: 200, type: plain, body: line }
  }

  /** Answers `GET checkpoint/ORIGIN`: the newest note that it cosigned, for whoever compares. */
  newest(origin: string): Answer {
    if (!this.#ports.logs.some(({ name }) => name === origin)) return told(404, 'this log is not known here')
    const known = this.#ports.memory.newest(origin)
    if (!known.ok) throw new Error(known.error)
    return known.value === null
      ? told(404, 'nothing of this log was cosigned yet')
      : { status: 200, type: plain, body: known.value.note }
  }
}

function told(status: number, why: string): Answer {
  return { status, type: plain, body: `${why}\n` }
}
