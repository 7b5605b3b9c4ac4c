/** The part of the fold about halts, of a domain and of its parts, and about drills. */
import type { EventOf } from '../event.ts'
import type { Appliers } from '../evolve.ts'
import type { State } from '../state.ts'
import type { HaltBodies, HaltScope } from './event-bodies.ts'
import { scopeKey } from './scope.ts'

/** How many halts that are over are remembered. One that is forgotten and whose file is still there is a new halt. */
const remembered = 64

/** The events of halts and drills. */
export const haltAppliers: Appliers<'domain.halted' | 'domain.resumed' | keyof HaltBodies> = {
  'domain.halted': (state, { seq, body }) => {
    const { requestedAt, requestedBy, reason } = body
    state.halted = { seq, requestedAt, requestedBy, reason }
  },
  'domain.resumed': (state) => {
    state.resumed = state.halted
    state.halted = null
  },
  'scope.halted': applyScopeHalted,
  'scope.resumed': (state, { body }) => lift(state, body.scope),
  'drill.recorded': (state, { seq, at, body }) => {
    state.drill = { seq, at, problems: body.problems.length }
  },
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
