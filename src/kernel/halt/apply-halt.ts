/** The part of the fold about halts of a domain's parts, and about drills. */
import type { EventOf } from '../event.ts'
import { noteOrder } from '../sovereign/note-order.ts'
import type { State } from '../state.ts'
import type { HaltScope } from './event-bodies.ts'
import { scopeKey } from './scope.ts'

/** How many halts that are over are remembered. One that is forgotten and whose file is still there is a new halt. */
const remembered = 64

/** The kinds that are applied here. */
export type HaltEvent = EventOf<'scope.halted' | 'scope.resumed' | 'drill.recorded'>

/** Applies a halt, a resume or a drill. */
export function applyHaltEvent(state: State, event: HaltEvent): void {
  switch (event.kind) {
    case 'scope.halted':
      return applyScopeHalted(state, event)
    case 'scope.resumed':
      noteOrder(state, event)
      return lift(state, event.body.scope)
    case 'drill.recorded':
      state.drill = { seq: event.seq, at: event.at, problems: event.body.problems.length }
  }
}

function applyScopeHalted(state: State, { seq, body }: EventOf<'scope.halted'>): void {
  const { scope, requestedAt, requestedBy, reason } = body
  const key = scopeKey(scope)
  // What a halt did is news about it, and no halt of its own.
  if (state.scopes?.get(key)?.requestedAt === requestedAt) return
  state.scopes ??= new Map()
  state.scopes.set(key, { seq, scope, requestedAt, requestedBy, reason })
}

/** A scope stands still no more: it was resumed, or there is nothing left of it. */
export function lift(state: State, scope: HaltScope): void {
  const key = scopeKey(scope)
  const halted = state.scopes?.get(key)
  if (halted === undefined) return
  state.scopes?.delete(key)
  if (state.scopes?.size === 0) delete state.scopes
  state.lifted ??= new Map()
  state.lifted.delete(key)
  state.lifted.set(key, halted.requestedAt)
  for (const oldest of [...state.lifted.keys()].slice(0, -remembered)) state.lifted.delete(oldest)
}
