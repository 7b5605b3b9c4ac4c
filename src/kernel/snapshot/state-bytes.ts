/**
 * The whole kernel state as bytes, and back. Whoever reads the bytes knows exactly what the writer knew: the state
 * root is the same, and so is every later decision. They are a cache of a fold and prove nothing: whether bytes are
 * to be believed is for the caller to know before it reads them.
 */
import { invariant } from '../../base/fault.ts'
import type { CallId, CapabilityId, Handle, ProcessId } from '../../base/ids.ts'
import type { Capabilities, Window } from '../capability/record.ts'
import type { Caveats } from '../capability/terms.ts'
import { CallTable } from '../gate/call-table.ts'
import type { Call, Process, State } from '../state.ts'
import { initialState } from '../state.ts'
import { addRows, rowsOf } from './capability-rows.ts'
import { fromPlain, toPlain } from './plain-value.ts'

/** Changes whenever bytes of before would be read as something else, or a fold would now give more. */
export const stateBytesVersion = 1

interface Written {
  readonly state: Omit<State, 'capabilities' | 'calls'> & { readonly calls: ReadonlyMap<CallId, Call> }
  readonly caveats: readonly Caveats[]
  readonly windows: ReadonlyMap<CapabilityId, Window>
}

/**
 * Four bytes that say how long the text is, the text, and the rows of the capabilities. Tables of handles are left
 * out: they say what the rows say.
 */
export function stateBytes(state: State): Uint8Array {
  const { capabilities, ...rest } = state
  const { rows, caveats, windows } = rowsOf(capabilities)
  const processes = new Map([...rest.processes].map(([key, process]) => [key, withoutHandles(process)]))
  const written: Written = { state: { ...rest, processes, calls: rest.calls.plain() }, caveats, windows }
  const text = new TextEncoder().encode(JSON.stringify(toPlain(written)))
  const bytes = new Uint8Array(4 + text.length + rows.length)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 4)
  bytes.set(rows, 4 + text.length)
  return bytes
}

/** The state of bytes that `stateBytes` made. Faults at others. `capabilities` is the empty store to fill. */
export function stateOfBytes(
  bytes: Uint8Array,
  capabilities: Capabilities = initialState().capabilities,
): State {
  invariant(bytes.length >= 4, 'a state begins with the length of its text')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length))
  const { state, caveats, windows } = fromPlain(JSON.parse(text)) as Written
  addRows(capabilities, { rows: bytes.subarray(4 + length), caveats, windows })
  giveHandles(state.processes, capabilities)
  return { ...state, calls: CallTable.of(state.calls.values()), capabilities }
}

function withoutHandles(process: Process): Process {
  return { ...process, handles: new Map() }
}

/** Handles are given in ascending order and never again, so that is the order in which a table has them. */
function giveHandles(processes: ReadonlyMap<ProcessId, Process>, capabilities: Capabilities): void {
  const held = new Map<ProcessId, (readonly [Handle, CapabilityId])[]>()
  for (const key of capabilities.keys()) {
    const handle = capabilities.handleOf(key)
    if (handle === 0 || !capabilities.isHeld(key)) continue
    const holder = capabilities.holderOf(key)
    const table = held.get(holder) ?? []
    table.push([handle, key])
    held.set(holder, table)
  }
  for (const [holder, table] of held) {
    const process = processes.get(holder)
    invariant(process !== undefined, 'whoever holds something is there')
    for (const [handle, key] of table.sort(([one], [other]) => one - other)) process.handles.set(handle, key)
  }
}
