/**
 * What a ledger says, read from its folder with the product's own reader, which trusts no byte that does not
 * hash. Tests hold what they saw with their own eyes against it.
 */
import type { Event, EventKind, EventOf } from '../../src/kernel/event.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'

/** Every event in the ledger in `folder` from `from` on, as of now. Throws on damage. */
export function ledgerEvents(folder: string, from = 1): readonly Event[] {
  const read = new LedgerReader(readableFolder(folder)).range(from, 10_000_000)
  if (!read.ok) throw new Error(`${read.error.file} at ${read.error.offset}: ${read.error.message}`)
  return read.value.map((record) => record.event)
}

/** Those of one kind, in order. */
export function ofKind<K extends EventKind>(events: readonly Event[], kind: K): readonly EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind)
}
