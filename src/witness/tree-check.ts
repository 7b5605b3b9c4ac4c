/**
 * Holds a ledger against tree heads, those that it keeps and those that somebody kept elsewhere: takes its records as
 * they are verified, grows the tree from them, and compares roots. A head from elsewhere is what finds a history that
 * whoever has the ledger's key wrote anew; a witness's line under it is what shows that it is the head others saw.
 */
import { sha256 } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { Frontier } from '../ledger/evidence/frontier.ts'
import { leafHash, sameHash } from '../ledger/evidence/merkle.ts'
import { nodeVerification } from '../ledger/evidence/node-verification.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { isSignedBy, parseNote } from '../ledger/evidence/note.ts'
import type { TileStore } from '../ledger/evidence/tiles.ts'
import { TileNodes } from '../ledger/evidence/tiles.ts'
import type { TreeHead } from '../ledger/evidence/tree-head.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'
import type { LedgerProblem } from '../ledger/problem.ts'
import { problem } from '../ledger/problem.ts'
import { cosignedAt } from './cosignature.ts'

/** A tree head that was read and whose signatures hold. */
export interface ReadHead extends TreeHead {
  /** Whence it is, for messages. */
  readonly source: string
  /** When each witness that was named cosigned it, in seconds since 1970. */
  readonly cosigned: ReadonlyMap<string, number>
}

/** Reads a tree head of that ledger; every one of `witnesses` must have cosigned it. The error is a sentence. */
export function readHead(
  source: string,
  note: string,
  key: NoteKey,
  witnesses: readonly NoteKey[],
): Result<ReadHead, string> {
  const parsed = parseNote(note)
  const head = parsed.ok ? parseTreeHead(parsed.value.text) : parsed
  if (!parsed.ok || !head.ok) return err(`${source} is not a tree head: ${head.ok ? '' : head.error}`)
  if (head.value.origin !== key.name) return err(`${source} is of ${head.value.origin}, not of ${key.name}`)
  if (!isSignedBy(nodeVerification, parsed.value, key))
    return err(`${source} is not signed by the ledger key`)
  const cosigned = new Map<string, number>()
  for (const witness of witnesses) {
    const at = cosignedAt(nodeVerification, parsed.value, witness)
    if (at === null) return err(`${source} is not cosigned by ${witness.name}`)
    cosigned.set(witness.name, at)
  }
  return ok({ ...head.value, source, cosigned })
}

/** One pass over a ledger's records, compared with tree heads. */
export class TreeCheck {
  readonly #heads: readonly ReadHead[]
  readonly #tiles: TileStore
  readonly #frontier = new Frontier(sha256)
  readonly #roots = new Map<number, Uint8Array>()
  readonly #wanted: ReadonlySet<number>
  readonly #last: number
  #first = 0

  /** `tiles` stand in for records before the first one, where those are archived elsewhere. */
  constructor(heads: readonly ReadHead[], tiles: TileStore) {
    this.#heads = heads
    this.#tiles = tiles
    this.#wanted = new Set(heads.map(({ size }) => size))
    this.#last = Math.max(0, ...this.#wanted)
  }

  /** Takes the next record. */
  take(seq: number, record: Uint8Array): void {
    if (seq > this.#last) return
    if (this.#first === 0) this.#begin(seq)
    this.#frontier.push(leafHash(sha256, record))
    if (this.#wanted.has(seq)) this.#roots.set(seq, this.#frontier.root())
  }

  #begin(seq: number): void {
    this.#first = seq
    if (seq === 1) return
    // Tiles are there for sizes at which heads were made, and hold the nodes of every smaller tree.
    const nodes = new TileNodes(sha256, this.#tiles, this.#last)
    this.#frontier.restore(seq - 1, (level, index) => nodes.node(level, index))
  }

  /** What is wrong, once the ledger has ended at event `seq`. */
  problems(seq: number): readonly LedgerProblem[] {
    return this.#heads.flatMap(({ size, root, source }) => {
      const found = this.#roots.get(size)
      if (found !== undefined && sameHash(found, root)) return []
      const [code, message] =
        size > seq
          ? (['rolled-back', `the ledger ends at event ${seq}, but ${source} signs event ${size}`] as const)
          : size < this.#first
            ? ([
                'unsupported',
                `${source} signs event ${size}, which is archived: restore it to compare`,
              ] as const)
            : (['rewritten', `${source} signs another history up to event ${size}`] as const)
      return [problem(code, '', 0, message)]
    })
  }
}
