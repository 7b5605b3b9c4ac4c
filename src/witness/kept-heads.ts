/** Reads back what evidence there is of a domain: its signed tree heads, each with all cosignatures it got. */
import type { EvidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { readNotes } from '../ledger/evidence/note-file.ts'
import { parseNote } from '../ledger/evidence/note.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'

/** One tree head as it is kept. Nothing of it is verified yet. */
export interface KeptHead {
  readonly size: number
  /** The note with every line that is known under it. */
  readonly note: string
  /** How many witnesses' lines are among them. */
  readonly cosignatures: number
}

/** All heads of a domain that are kept, by size. Heads of the same text are one, with the lines of all. */
export function keptHeads({ heads, cosigned }: EvidenceFolder): readonly KeptHead[] {
  const lines = new Map<string, Set<string>>()
  for (const note of [...readNotes(heads), ...readNotes(cosigned)]) {
    const parsed = parseNote(note)
    if (!parsed.ok) continue
    const known = lines.get(parsed.value.text) ?? new Set()
    for (const { line } of parsed.value.signatures) known.add(line)
    lines.set(parsed.value.text, known)
  }
  return [...lines]
    .flatMap(([text, known]) => {
      const head = parseTreeHead(text)
      if (!head.ok) return []
      return { size: head.value.size, note: `${text}\n${[...known].join('')}`, cosignatures: known.size - 1 }
    })
    .sort((a, b) => a.size - b.size)
}

/** The head to show or to prove with: the newest that a witness cosigned, else the newest. Null when there is none. */
export function bestHead(heads: readonly KeptHead[], atLeast = 0): KeptHead | null {
  const covering = heads.filter(({ size }) => size >= atLeast)
  return covering.findLast(({ cosignatures }) => cosignatures > 0) ?? covering.at(-1) ?? null
}
