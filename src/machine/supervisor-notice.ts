/** What the kernel's process tells its supervisor: which drivers should run, and when that changes. */
import type { DriverId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'

/** What the kernel tells its supervisor. */
export type SupervisorNotice =
  | { readonly event: 'units'; readonly drivers: readonly DriverUnit[] }
  | { readonly event: 'resumed' }
  | { readonly event: 'restart'; readonly driver: DriverId }

/** A driver that should run, and the secret its adapter proves itself with. */
export interface DriverUnit {
  readonly driver: DriverId
  readonly name: string
  readonly program: JsonObject
  readonly secret: string
}
