/**
 * Who should look again: when a driver comes, goes or changes, or a capability on it is given or taken away,
 * what its holders may call is no longer what they were told. The notice says that something changed and
 * nothing else, and goes only to those who hold, or held, something there.
 */
import type { ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'
import type { State } from '../kernel/state.ts'

/** The object whose holders should look again after `event`, or null. */
export function changedObject(state: State, event: Event): number | null {
  switch (event.kind) {
    case 'driver.attached':
    case 'driver.detached':
    case 'driver.updated':
    case 'driver.removed':
      return event.body.driver
    case 'capability.granted':
    case 'capability.derived':
    case 'capability.moved':
    case 'capability.narrowed':
    case 'capability.revoked':
      return state.capabilities.get(event.body.capability)?.object ?? null
    default:
      return null
  }
}

/** True when `process` holds, or held, something on `object`. */
export function concerns(state: State, process: ProcessId, object: number): boolean {
  for (const capability of state.processes.get(process)?.handles.values() ?? []) {
    if (state.capabilities.get(capability)?.object === id(object)) return true
  }
  return false
}
