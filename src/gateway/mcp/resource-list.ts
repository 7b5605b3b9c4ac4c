/**
 * `resources/list`: pages of the drivers' own lists, one driver after the other. The kernel asks the adapters and
 * keeps only what the agent may read; nothing is collected here.
 */
import type { Json } from '../../base/json.ts'
import type { DriverOffer } from '../kernel/catalogue.ts'
import { decodeCursor, encodeCursor, pageSize } from './cursor.ts'
import type { Visit } from './lists.ts'
import { badCursor, kernelAway, listResult } from './lists.ts'
import { driversIn } from './naming.ts'
import type { RpcAnswer } from './reply.ts'

/** Pages without anything to show that are passed over in one answer. */
const maxSkippedPages = 16

/** A driver's object id, the kernel's cursor there, and how many entries of that page were told already. */
interface Place {
  readonly object: number
  readonly cursor: string | null
  readonly offset: number
}

/** Answers `resources/list`. */
export async function listResources(visit: Visit, cursor: string | null): Promise<RpcAnswer> {
  const catalogue = await visit.agent.catalogue.current()
  if (!catalogue.ok) return kernelAway(catalogue.error)
  const drivers = driversIn(catalogue.value, visit.scope).filter(({ offers }) => offers.has('resources/read'))
  let place = cursor === null ? startOf(drivers) : placeOf(cursor)
  if (cursor !== null && place === null) return badCursor
  for (let pages = 0; place !== null && pages < maxSkippedPages; pages += 1) {
    const { items, next } = await readPage(visit, drivers, place)
    place = next
    if (items.length > 0) return listResult(visit.era, 'resources', items, textOf(next))
  }
  return listResult(visit.era, 'resources', [], textOf(place))
}

async function readPage(
  { agent }: Visit,
  drivers: readonly DriverOffer[],
  { object, cursor, offset }: Place,
): Promise<{ readonly items: readonly Json[]; readonly next: Place | null }> {
  const after = startOf(drivers.filter((driver) => driver.object > object))
  if (!drivers.some((driver) => driver.object === object)) return { items: [], next: after }
  const page = await agent.resources.page(object, cursor)
  // A driver that does not answer must not hide the others'.
  if (!page.ok) return { items: [], next: after }
  const { resources, next } = page.value
  const items = resources.slice(offset, offset + pageSize)
  if (offset + pageSize < resources.length)
    return { items, next: { object, cursor, offset: offset + pageSize } }
  return { items, next: next === null ? after : { object, cursor: next, offset: 0 } }
}

function startOf([driver]: readonly DriverOffer[]): Place | null {
  return driver === undefined ? null : { object: driver.object, cursor: null, offset: 0 }
}

function placeOf(cursor: string): Place | null {
  const [object, inner, offset, more] = decodeCursor(cursor) ?? []
  if (typeof object !== 'number' || typeof offset !== 'number' || more !== undefined) return null
  if (!Number.isInteger(offset) || offset < 0) return null
  return inner === null || typeof inner === 'string' ? { object, cursor: inner, offset } : null
}

function textOf(place: Place | null): string | null {
  return place === null ? null : encodeCursor([place.object, place.cursor, place.offset])
}
