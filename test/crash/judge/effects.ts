/**
 * Does what really happened agree with the ledger? No effect without its intent, none twice, none of a call
 * that provably did not leave, and one for every call that is said to be done.
 */
import type { Evidence } from '../evidence.ts'

/** Effects that should not be there, and some that should. */
export function judgeEffects({ batches, notes, effects }: Evidence): readonly string[] {
  const happened = new Map<string, string[]>()
  for (const { id, digest } of effects) happened.set(id, [...(happened.get(id) ?? []), digest])
  const violations: string[] = []
  const asked = new Set<string>()
  for (const [call, note] of notes) {
    if (note === null) violations.push(`the arguments of call ${call} cannot be opened`)
    else if (asked.has(note.id)) violations.push(`${note.id} is admitted a second time as call ${call}`)
    else asked.add(note.id)
    for (const digest of happened.get(note?.id ?? '') ?? [])
      if (digest !== note?.digest) violations.push(`call ${call} happened with other arguments`)
  }
  for (const [id, times] of happened) {
    if (!asked.has(id)) violations.push(`${id} happened without an intent in the ledger`)
    if (times.length > 1) violations.push(`${id} happened ${times.length} times`)
  }
  for (const { event } of batches.flatMap((batch) => batch.records)) {
    if (event.kind !== 'call.settled') continue
    const { call, outcome, released } = event.body
    const count = happened.get(notes.get(call)?.id ?? '')?.length ?? 0
    if (outcome === 'done' && count === 0) violations.push(`call ${call} is done and did not happen`)
    if (released && count > 0) violations.push(`call ${call} was released as never sent and happened`)
  }
  return violations
}
