/** What the kernel's process reports about privacy, and the kernel only records: no authority is asked for it. */
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { recording, unrecorded } from '../decision.ts'
import { limits } from '../limits.ts'
import { refusal } from '../refusal.ts'
import type { State } from '../state.ts'

/** Records who is about to read payloads, or did while nothing ran. */
export function decideReading(state: State, command: Extract<Command, { kind: 'payload.read' }>): Decision {
  const { kind: _, at, ...reading } = command
  const { reader, purpose, from, to } = reading
  const fits = [reader, purpose].every((text) => text !== '' && text.length <= limits.textLength)
  if (!fits || from < 1 || from > to)
    return unrecorded(
      refusal('bad-request', 'A reading says who, what for and which events.', 'All of them.'),
    )
  return recording(state, at, 'payload.read', reading)
}

/** Records that the keys of an erased subject are gone. */
export function decideErased(
  state: State,
  command: Extract<Command, { kind: 'erasure.complete' }>,
): Decision {
  const { at, subject } = command
  const erased = state.subjects?.get(subject)?.erased
  if (erased === undefined) return unrecorded(refusal('not-found', 'No such erasure waits.', 'Nothing.'))
  return recording(state, at, 'erasure.completed', { subject }, { cause: erased })
}
