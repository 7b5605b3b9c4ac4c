/**
 * The names a client uses for what drivers offer. At `/mcp/DRIVER` they are the driver's own; where everything
 * is offered together they are `driver__name`. The prefix never contains two underscores and never ends in one,
 * so the first pair of them is where it ends, and no driver can offer a name that means another driver's.
 */
import type { Catalogue, DriverOffer } from '../kernel/catalogue.ts'

const separator = '__'

/** Which drivers an endpoint shows: the one it is named after, or null for all of them. */
export type Scope = string | null

/** The drivers of `catalogue` that `scope` shows. */
export function driversIn(catalogue: Catalogue, scope: Scope): readonly DriverOffer[] {
  return scope === null ? catalogue : catalogue.filter(({ name }) => name === scope)
}

/** What clients call `name` of `driver`. */
export function clientName(driver: DriverOffer, name: string, scope: Scope): string {
  return scope === null ? `${prefixOf(driver)}${separator}${name}` : name
}

/** The driver and its own name behind what a client says, or null when no driver of `scope` can be meant. */
export function driverName(
  catalogue: Catalogue,
  scope: Scope,
  said: string,
): { readonly driver: DriverOffer; readonly name: string } | null {
  const drivers = driversIn(catalogue, scope)
  if (scope !== null) {
    const [driver] = drivers
    return driver === undefined ? null : { driver, name: said }
  }
  const end = said.indexOf(separator)
  if (end < 0) return null
  const driver = drivers.find((known) => prefixOf(known) === said.slice(0, end))
  return driver === undefined ? null : { driver, name: said.slice(end + separator.length) }
}

/** No driver's name holds a capital letter, so the stand-in for an ambiguous one is nobody else's. */
function prefixOf({ name, object }: DriverOffer): string {
  return name.includes(separator) || name.endsWith('_') ? `D${object}` : name
}
