/** Which drivers should run now: none while the domain is halted, or frozen by its sovereign. */
import type { DriverId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { State } from '../kernel/state.ts'
import type { DriverUnit } from './supervisor-notice.ts'

/** Every driver that should run, with the secret that its adapter proves itself with. */
export function driverUnits(state: State, secretOf: (driver: DriverId) => string): readonly DriverUnit[] {
  const isRunning = state.halted === null && (state.standing?.status ?? 'active') === 'active'
  const drivers = isRunning ? [...state.drivers.values()] : []
  return drivers.map(({ id: driver, name, program }) => ({
    driver,
    name,
    program: program as unknown as JsonObject,
    secret: secretOf(driver),
  }))
}
