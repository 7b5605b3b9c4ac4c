/** The part of `ledger verify` that is about the Merkle tree: which tree heads the ledger is held against. */
import { bestHead, keptHeads } from '../witness/kept-heads.ts'
import { folderTiles } from '../ledger/evidence/tile-store.ts'
import { evidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import type { LedgerProblem } from '../ledger/problem.ts'
import { problem } from '../ledger/problem.ts'
import type { ReadHead } from '../witness/tree-check.ts'
import { readHead, TreeCheck } from '../witness/tree-check.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import type { GivenHeads } from './given-heads.ts'

/** Tree heads that a ledger is held against, and what is wrong with those that could not be read. */
export interface TreeVerification {
  readonly heads: readonly ReadHead[]
  readonly check: TreeCheck
  readonly problems: readonly LedgerProblem[]
}

/** Prepares to hold the ledger in the domain's folder against what it keeps and against what was given. */
export function treeVerification(
  domainFolder: string,
  key: NoteKey | null,
  given: GivenHeads,
): TreeVerification {
  const place = evidenceFolder(domainFolder)
  const kept = keptHeads(place)
  const own = new Set([kept.at(-1)?.note, bestHead(kept)?.note].filter((note) => note !== undefined))
  const wanted = [
    ...[...own].map((note) => ({ source: 'a tree head that is kept here', note, witnesses: [] })),
    ...given.treeHeads.map((head) => ({ ...head, witnesses: given.witnesses })),
  ]
  const heads: ReadHead[] = []
  const problems: LedgerProblem[] = []
  for (const { source, note, witnesses } of wanted) {
    if (key === null) break
    const head = readHead(source, note, key, witnesses)
    if (head.ok) heads.push(head.value)
    else problems.push(problem('wrong-key', '', 0, head.error))
  }
  if (key === null && given.treeHeads.length > 0)
    problems.push(problem('wrong-key', '', 0, 'there is no key to verify the given tree head with'))
  return { heads, check: new TreeCheck(heads, folderTiles(place.tree)), problems }
}

/** What held, in words. */
export function treeWords(heads: readonly ReadHead[]): readonly string[] {
  return heads.map(({ size, source, cosigned }) => {
    const witnesses = [...cosigned].map(
      ([name, at]) => `, cosigned by ${visible(name)} at ${showInstant(at * 1000)}`,
    )
    return `  ${source}: the tree of ${size} events is the one it signs${witnesses.join('')}`
  })
}
