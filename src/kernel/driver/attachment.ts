/**
 * Adapters come and go. An attachment brings the digests of what the driver offers now; pinned selectors
 * that changed are quarantined. A detachment leaves every call that was dispatched in doubt: the driver may
 * or may not have acted, and nobody will be told.
 */
import { invariant } from '../../base/fault.ts'
import { id } from '../../base/ids.ts'
import type { DriverId } from '../../base/ids.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, recording, unrecorded } from '../decision.ts'
import type { Actor } from '../event.ts'
import { reverseCallsOf } from '../gate/reverse.ts'
import { cut, doubt, inFlight } from '../gate/settle.ts'
import { refusal } from '../refusal.ts'
import type { State } from '../state.ts'

type Attach = Extract<Command, { kind: 'driver.attach' }>
type Detach = Extract<Command, { kind: 'driver.detach' }>

/** Records that a driver's adapter attached, and what it must not be asked for. */
export function decideAttach(
  state: State,
  { at, driver: driverId, definitions, boundary }: Attach,
): Decision {
  const driver = state.drivers.get(driverId)
  if (driver === undefined)
    return unrecorded(refusal('not-found', 'There is no such driver.', 'Add it first.'))
  if (driver.attached !== 0)
    return unrecorded(refusal('bad-request', 'The driver is already attached.', 'One adapter.'))
  const quarantined = [...driver.selectors.values()]
    .filter((pinned) => definitions.get(pinned.selector) !== pinned.digest)
    .map((pinned) => pinned.selector)
  const held = boundary === undefined ? {} : { boundary }
  const body = { driver: driver.id, incarnation: driver.lastIncarnation + 1, quarantined, ...held }
  return recording(state, at, 'driver.attached', body, { actor: driverActor(driver.id) })
}

/** Records that the adapter is gone, and settles the driver's calls. */
export function decideDetach(state: State, command: Detach): Decision {
  const { at, driver: driverId, incarnation, reason, undispatched } = command
  const driver = state.drivers.get(driverId)
  if (driver === undefined || driver.attached !== incarnation) {
    return unrecorded(refusal('not-found', 'That attachment is already over.', 'Nothing.'))
  }
  const recorded = recorder(state, at)
  const cause = recorded.record(
    'driver.detached',
    { driver: driver.id, incarnation, reason },
    { actor: driverActor(driver.id) },
  )
  const asked = reverseCallsOf(state, driver)
  const calls = inFlight(state).filter(
    (call) => id<DriverId>(call.object) === driver.id && !asked.includes(call),
  )
  const known = calls.filter((call) => undispatched.has(call.id))
  cut(state, recorded, [...known, ...asked], { reason: 'withdrawn', cause, undispatched })
  const left = calls.filter((call) => !undispatched.has(call.id))
  doubt(state, recorded, left, cause, reason)
  invariant(recorded.events.length === calls.length + asked.length + 1, 'every call of the driver is settled')
  return accepted(recorded)
}

function driverActor(driver: DriverId): Actor {
  return { kind: 'driver', id: driver }
}
