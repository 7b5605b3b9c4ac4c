/**
 * Makes the tree heads of a ledger: takes what has become durable into the tree, states size and root, and keeps what
 * was signed. Before it states anything it holds the ledger against the newest head that was ever signed here: a log
 * that signs two histories has lied, so it rather signs nothing any more and says why.
 */
import { sha256 } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { LedgerReader } from '../reader.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { LedgerTree } from './ledger-tree.ts'
import { sameHash } from './merkle.ts'
import { nodeVerification } from './node-verification.ts'
import type { NoteKey } from './note.ts'
import { isSignedBy, parseNote, signatureLine } from './note.ts'
import type { NoteFile } from './note-file.ts'
import type { TileStore } from './tiles.ts'
import type { LedgerHead, TreeHead } from './tree-head.ts'
import { ledgerHeadLines, parseLedgerHead, parseTreeHead, treeHeadText } from './tree-head.ts'

/** Where the newest tree head lies among the tiles, as tlog-tiles has it. */
export const checkpointPath = 'checkpoint'

/** Reads a tree head of that ledger and checks its signature. The error says what is wrong with it. */
export function readLedgerNote(note: string, key: NoteKey): Result<TreeHead & LedgerHead, string> {
  const parsed = parseNote(note)
  if (!parsed.ok) return parsed
  const head = parseTreeHead(parsed.value.text)
  if (!head.ok) return head
  if (head.value.origin !== key.name)
    return err(`it is a tree head of ${head.value.origin}, not of ${key.name}`)
  if (!isSignedBy(nodeVerification, parsed.value, key)) return err('the ledger key did not sign it')
  const own = parseLedgerHead(head.value)
  return own === null ? err('it lacks the lines of a ledger') : ok({ ...head.value, ...own })
}

/** What a keeper works with. */
export interface HeadKeeperPorts {
  readonly disk: ReadableDisk
  readonly tiles: TileStore
  readonly heads: NoteFile
  readonly key: NoteKey
}

/** Makes and keeps the tree heads of one ledger. */
export class HeadKeeper {
  readonly #ports: HeadKeeperPorts
  #tree: LedgerTree | null = null
  #stated: string | null = null

  constructor(ports: HeadKeeperPorts) {
    this.#ports = ports
  }

  /**
   * The text to be signed for the ledger up to event `seq`, after which its writer has the chain value `chain`. The
   * error says why there is nothing that may be signed.
   */
  state(seq: number, { chain, at }: LedgerHead): Result<string, string> {
    const begun = this.#begin(seq)
    if (!begun.ok) return begun
    const { tree, expected } = begun.value
    const reached = tree.advance(seq, new Set(expected === null ? [] : [expected.size]))
    if (!reached.ok) return reached
    if (reached.value.chain !== null && !sameHash(reached.value.chain, chain))
      return err(`the segments do not hold the history that the kernel wrote up to event ${seq}`)
    const then = expected === null ? undefined : reached.value.roots.get(expected.size)
    if (expected !== null && (then === undefined || !sameHash(then, expected.root)))
      return err(`a tree head signed another history up to event ${expected.size}: the ledger was rewritten`)
    this.#tree = tree
    const { root } = reached.value
    const extensions = ledgerHeadLines({ chain, at })
    this.#stated = treeHeadText({ origin: this.#ports.key.name, size: seq, root, extensions })
    return ok(this.#stated)
  }

  /** Keeps what `state` gave, now that it is signed; durable when this returns. Returns the whole note. */
  keep(signature: Uint8Array): string {
    const note = `${this.#stated}\n${signatureLine(sha256, this.#ports.key, signature)}`
    this.#ports.heads.append(note)
    this.#ports.tiles.write(checkpointPath, Buffer.from(note))
    return note
  }

  /** The tree to go on with, and the signed head that it still has to be held against while it is built anew. */
  #begin(seq: number): Result<{ tree: LedgerTree; expected: TreeHead | null }, string> {
    if (this.#tree !== null) return ok({ tree: this.#tree, expected: null })
    const { disk, tiles, heads, key } = this.#ports
    if (heads.newest === null) return ok({ tree: new LedgerTree(disk, tiles, null), expected: null })
    const newest = readLedgerNote(heads.newest, key)
    if (!newest.ok) return err(`the newest tree head that was kept is not one: ${newest.error}`)
    if (newest.value.size > seq)
      return err(
        `a tree head signed event ${newest.value.size}, and the ledger ends at event ${seq}: it was rolled back`,
      )
    if (!hasChain(disk, newest.value))
      return err(
        `a tree head signed another history up to event ${newest.value.size}: the ledger was rewritten`,
      )
    const tree = new LedgerTree(disk, tiles, newest.value)
    return ok({ tree, expected: tree.size === 0 ? newest.value : null })
  }
}

/** Whether the ledger has a batch that ends at that head's last event with that chain value. */
function hasChain(disk: ReadableDisk, { size, chain }: TreeHead & LedgerHead): boolean {
  const position = new LedgerReader(disk).from(size)
  const frame = position.ok ? position.value.nextFrame() : position
  if (!frame.ok || frame.value === null) return false
  return frame.value.firstSeq + frame.value.count - 1 === size && sameHash(frame.value.hash, chain)
}
