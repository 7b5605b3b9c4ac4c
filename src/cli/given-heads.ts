/**
 * The checkpoints that a verification was given, of both sorts: tree heads, which witnesses cosign, and checkpoints of
 * the chain. They are told apart by their origin.
 */
import { readFileSync } from 'node:fs'
import { parseNote } from '../ledger/evidence/note.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { domainOfOrigin, parseTreeHead } from '../ledger/evidence/tree-head.ts'
import type { ParsedArguments } from './arguments.ts'
import { valueOf, valuesOf } from './arguments.ts'
import { visible } from './escape.ts'
import { typedKey } from './evidence-view.ts'
import { usageFailure } from './exit.ts'

/** What was given beside the ledger. */
export interface GivenHeads {
  readonly treeHeads: readonly { readonly source: string; readonly note: string }[]
  /** Text of a checkpoint of the chain, or null. */
  readonly chainCheckpoint: string | null
  /** The ledger's key as known from elsewhere, or null. */
  readonly key: NoteKey | null
  readonly witnesses: readonly NoteKey[]
}

/** Reads `--checkpoint`, `--key` and `--witness`. */
export function givenHeads(args: ParsedArguments): GivenHeads {
  const texts = valuesOf(args, 'checkpoint').map((file) => ({ source: visible(file), note: readText(file) }))
  const treeHeads = texts.filter(({ note }) => isTreeHead(note))
  const [chain, ...more] = texts.filter(({ note }) => !isTreeHead(note))
  if (more.length > 0)
    throw usageFailure('at most one checkpoint of the chain can be given; tree heads as many as you like')
  const key = valueOf(args, 'key')
  const witnesses = valuesOf(args, 'witness').map((word) => typedKey(word, 4))
  if (witnesses.length > 0 && treeHeads.length === 0)
    throw usageFailure(
      '--witness says who must have cosigned the tree heads that are given',
      'give one with --checkpoint FILE',
    )
  return {
    treeHeads,
    chainCheckpoint: chain?.note ?? null,
    key: key === null ? null : typedKey(key, 1),
    witnesses,
  }
}

function isTreeHead(note: string): boolean {
  const parsed = parseNote(note)
  const head = parsed.ok ? parseTreeHead(parsed.value.text) : parsed
  return head.ok && domainOfOrigin(head.value.origin) !== null
}

/** The text of a file named on the command line. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (problem) {
    throw usageFailure(
      `cannot read ${visible(file)}: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}
