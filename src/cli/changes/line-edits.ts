/**
 * The difference of two texts as runs of lines kept, taken and put, by Myers' greedy search for the shortest
 * edit. The search is bounded: texts that have little in common are told as one replacement, because nobody
 * reads ten thousand single edits and a hostile pair of files must not cost minutes.
 */

/** Lines `from`..`to` of the old text and of the new that differ, end excluded. What is between is the same. */
export interface Edit {
  readonly oldFrom: number
  readonly oldTo: number
  readonly newFrom: number
  readonly newTo: number
}

const mostEdits = 1000

/** The places where two lists of lines differ, in order and apart from each other. */
export function lineEdits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let oldEnd = before.length
  let newEnd = after.length
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd -= 1
    newEnd -= 1
  }
  if (start === oldEnd && start === newEnd) return []
  const whole = { oldFrom: start, oldTo: oldEnd, newFrom: start, newTo: newEnd }
  if (start === oldEnd || start === newEnd) return [whole]
  const path = shortestEdit(before.slice(start, oldEnd), after.slice(start, newEnd))
  return path === null ? [whole] : joined(path, start)
}

/** One line taken (`isOld`) or put, at these places in both texts. */
interface Single {
  readonly old: number
  readonly fresh: number
  readonly isOld: boolean
}

function shortestEdit(before: readonly string[], after: readonly string[]): readonly Single[] | null {
  const most = Math.min(mostEdits, before.length + after.length)
  const offset = most + 1
  const reach = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice(offset - edits - 1, offset + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down =
        diagonal === -edits ||
        (diagonal !== edits && (reach[offset + diagonal - 1] ?? 0) < (reach[offset + diagonal + 1] ?? 0))
      let old = down ? (reach[offset + diagonal + 1] ?? 0) : (reach[offset + diagonal - 1] ?? 0) + 1
      let fresh = old - diagonal
      while (old < before.length && fresh < after.length && before[old] === after[fresh]) {
        old += 1
        fresh += 1
      }
      reach[offset + diagonal] = old
      if (old >= before.length && fresh >= after.length) {
        return wayBack(trace, before.length, after.length)
      }
    }
  }
  return null
}

/** Follows the kept frontiers from the end to the start. */
function wayBack(trace: readonly Int32Array[], oldLength: number, newLength: number): readonly Single[] {
  const singles: Single[] = []
  let old = oldLength
  let fresh = newLength
  for (let edits = trace.length - 1; edits > 0; edits--) {
    const reach = trace[edits]
    const at = (diagonal: number): number => reach?.[diagonal + edits + 1] ?? 0
    const diagonal = old - fresh
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1))
    const from = down ? diagonal + 1 : diagonal - 1
    old = at(from)
    fresh = old - from
    singles.push({ old, fresh, isOld: !down })
  }
  return singles.reverse()
}

function joined(singles: readonly Single[], start: number): readonly Edit[] {
  const edits: Edit[] = []
  for (const { old, fresh, isOld } of singles) {
    const last = edits.at(-1)
    const next = {
      oldFrom: old + start,
      oldTo: old + start + (isOld ? 1 : 0),
      newFrom: fresh + start,
      newTo: fresh + start + (isOld ? 0 : 1),
    }
    if (last !== undefined && last.oldTo === next.oldFrom && last.newTo === next.newFrom) {
      edits[edits.length - 1] = { ...last, oldTo: next.oldTo, newTo: next.newTo }
    } else edits.push(next)
  }
  return edits
}
