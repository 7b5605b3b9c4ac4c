/**
 * The capabilities of a state as rows of twelve 32-bit words, in the order of their ids, beside the caveats that
 * they share. What follows from a row and those before it (root, depth, children, the holder's table) is not in
 * it, so that no file can contradict itself.
 */
import { found, invariant } from '../../base/fault.ts'
import type { CapabilityId, OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Capabilities, Capability, Window } from '../capability/record.ts'
import type { Caveats } from '../capability/terms.ts'

/** Capabilities, written. */
export interface CapabilityRows {
  /** Little-endian words. */
  readonly rows: Uint8Array
  /** All that rows refer to, in the order in which they first do. */
  readonly caveats: readonly Caveats[]
  readonly windows: ReadonlyMap<CapabilityId, Window>
}

const rowBytes = 48
const word = 4_294_967_296
/** Byte offsets of the words of a row. A root's word `above` is the operator who granted it. */
const at = {
  id: 0,
  marks: 4,
  above: 8,
  holder: 12,
  handle: 16,
  object: 20,
  caveats: 24,
  reserved: 28,
  spent: 32,
  since: 40,
} as const
const mark = { root: 1, dropped: 2, revoked: 4 } as const

/** Writes all of them. */
export function rowsOf(capabilities: Capabilities): CapabilityRows {
  const view = new DataView(new ArrayBuffer(capabilities.size * rowBytes))
  const numbers = new Map<Caveats, number>()
  const windows = new Map<CapabilityId, Window>()
  let row = 0
  for (const [key, capability] of capabilities) {
    const { caveats } = capability
    const number = numbers.get(caveats) ?? numbers.size
    numbers.set(caveats, number)
    const window = caveats.rate === undefined ? undefined : capabilities.windowOf(key)
    if (window !== undefined) windows.set(key, window)
    writeRow(view, row, capability, number)
    row += rowBytes
  }
  return { rows: new Uint8Array(view.buffer), caveats: [...numbers.keys()], windows }
}

function writeRow(view: DataView, row: number, capability: Capability, caveats: number): void {
  const { parent, handle, held, revoked } = capability
  const marks =
    (parent === 0 ? mark.root : 0) | (handle !== 0 && !held ? mark.dropped : 0) | (revoked ? mark.revoked : 0)
  view.setUint32(row + at.id, capability.id, true)
  view.setUint32(row + at.marks, marks, true)
  view.setUint32(row + at.above, parent === 0 ? capability.grantedBy : parent, true)
  view.setUint32(row + at.holder, capability.holder, true)
  view.setUint32(row + at.handle, handle, true)
  view.setUint32(row + at.object, capability.object, true)
  view.setUint32(row + at.caveats, caveats, true)
  view.setUint32(row + at.reserved, capability.reserved, true)
  writeLong(view, row + at.spent, capability.spent)
  writeLong(view, row + at.since, capability.since)
}

/** Adds what was written to a store that is empty. Faults at rows that nothing writes. */
export function addRows(capabilities: Capabilities, { rows, caveats, windows }: CapabilityRows): void {
  invariant(rows.length % rowBytes === 0, 'rows are whole')
  const view = new DataView(rows.buffer, rows.byteOffset, rows.length)
  for (let row = 0; row < rows.length; row += rowBytes) {
    const capability = readRow(view, row, capabilities, caveats)
    const window = windows.get(capability.id)
    capabilities.add(capability)
    if (capability.revoked) capabilities.revoke(capability.id)
    if (capability.handle !== 0 && !capability.held) capabilities.drop(capability.id)
    if (window !== undefined) capabilities.setWindow(capability.id, window)
  }
}

function readRow(
  view: DataView,
  row: number,
  capabilities: Capabilities,
  caveats: readonly Caveats[],
): Capability {
  const marks = view.getUint32(row + at.marks, true)
  const key = id<CapabilityId>(view.getUint32(row + at.id, true))
  const above = view.getUint32(row + at.above, true)
  const parent =
    (marks & mark.root) !== 0 ? null : found(capabilities.get(id(above)), 'a parent stands before its child')
  return {
    id: key,
    parent: parent?.id ?? 0,
    root: parent?.root ?? key,
    depth: parent === null ? 0 : parent.depth + 1,
    holder: id(view.getUint32(row + at.holder, true)),
    handle: id(view.getUint32(row + at.handle, true)),
    object: id(view.getUint32(row + at.object, true)),
    caveats: found(caveats[view.getUint32(row + at.caveats, true)], 'caveats that a row refers to are there'),
    grantedBy: parent?.grantedBy ?? id<OperatorId>(above),
    since: id(readLong(view, row + at.since)),
    held: (marks & mark.dropped) === 0,
    revoked: (marks & mark.revoked) !== 0,
    children: 0,
    spent: readLong(view, row + at.spent),
    reserved: view.getUint32(row + at.reserved, true),
    windowStart: 0,
    windowCount: 0,
  }
}

function writeLong(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % word, true)
  view.setUint32(offset + 4, Math.floor(value / word), true)
}

function readLong(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * word + view.getUint32(offset, true)
}
