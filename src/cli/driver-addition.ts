/**
 * Adds a driver from beginning to end: gets its program, looks at it once, shows everything that will be pinned,
 * has it signed, and waits until it serves. Whatever fails on the way leaves nothing behind.
 */
import type { JsonObject } from '../base/json.ts'
import type { DriverManifest, DriverProgram, PinnedSelector, ReverseSelector } from '../kernel/manifest.ts'
import { isName } from '../kernel/sovereign/parse-order.ts'
import { pause } from './boot.ts'
import type { Context } from './command.ts'
import { nothingAsked, proposedBoundary } from './driver-boundary-proposal.ts'
import { keepDefinitions } from './driver-definitions.ts'
import { raiseEffects } from './driver-effects.ts'
import type { Prices } from './driver-prices.ts'
import { withPrices } from './driver-prices.ts'
import type { DriverFolder } from './driver-folder.ts'
import { clearDriverFolder, driverFolder, makeDriverFolder } from './driver-folder.ts'
import { lookAt, showOffer } from './driver-offer.ts'
import type { CommandRequest, PreparedProgram } from './driver-program.ts'
import { prepareCommand } from './driver-program.ts'
import type { ServerRequest } from './driver-server.ts'
import { prepareServer } from './driver-server.ts'
import { orUndo, orUndoIfRefused } from './driver-undo.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import type { KernelClient } from './kernel-client.ts'
import { findDriver, listDrivers } from './lookup.ts'
import { signAndSend } from './signing.ts'

/** A driver to be. */
export interface DriverRequest {
  readonly name: string
  readonly source: CommandRequest | ServerRequest
  /** What clients can do, as the server is told; grants nothing. */
  readonly client: readonly ReverseSelector[]
  /** `TOOL=CLASS` words. */
  readonly effects: readonly string[]
  readonly prices?: Prices
  /** How much of the server's own words is shown. */
  readonly detail: 'short' | 'full'
}

/** A driver that was added. */
export interface AddedDriver {
  /** The kernel's answer: `driver`, `seq`. */
  readonly made: JsonObject
  readonly manifest: DriverManifest
  /** False when it does not serve yet: the supervisor's log says why. */
  readonly attached: boolean
}

/** As long as a server may take to be ready, in looks. */
const attachLooks = 300
const attachPauseMs = 100

/** Adds the driver; fails as a command does, with everything it made removed. */
export async function addDriver(
  context: Context,
  kernel: KernelClient,
  request: DriverRequest,
): Promise<AddedDriver> {
  const { name } = request
  if (!isName(name))
    throw usageFailure(`"${String(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
  if ((await listDrivers(kernel)).some((driver) => driver.name === name))
    throw usageFailure(
      `there is a driver ${name} already`,
      `custos driver remove ${name}, or choose another name`,
    )
  const folder = driverFolder(context.paths.state, name)
  const undo = (): void => clearDriverFolder(folder)
  undo()
  const { manifest, remarks } = await orUndo(undo, () => inspect(folder, context, request))
  const made = await orUndoIfRefused(undo, () =>
    signAndSend(context, kernel, { do: 'driver.add', name, manifest }, remarks.map(visible)),
  )
  return { made, manifest, attached: await isSoonAttached(kernel, name, 0) }
}

/** Gets the program, looks at it, shows what it offers and keeps that. */
async function inspect(
  folder: DriverFolder,
  context: Context,
  request: DriverRequest,
): Promise<{ readonly manifest: DriverManifest; readonly remarks: readonly string[] }> {
  const { out } = context
  makeDriverFolder(folder)
  const { program, remarks } = await prepare(folder, context, request)
  out.note(`Looking at what ${visible(request.name)} offers…`)
  const offer = await lookAt(program, context.paths)
  const raised = raiseEffects(offer.selectors, request.effects)
  const selectors =
    raised.ok && request.prices !== undefined ? withPrices(raised.value, request.prices) : raised
  if (!selectors.ok) throw usageFailure(selectors.error)
  const held = heldAs(program, selectors.value, request)
  const manifest: DriverManifest = { program: held.program, selectors: selectors.value }
  for (const line of showOffer(offer, manifest.selectors, request.detail)) out.note(line)
  keepDefinitions(folder.definitions, offer.definitions)
  return { manifest, remarks: [...remarks, ...held.remarks] }
}

/** The program with the boundary that is proposed for what it offers. */
function heldAs(
  program: DriverProgram,
  selectors: readonly PinnedSelector[],
  { source }: DriverRequest,
): { readonly program: DriverProgram; readonly remarks: readonly string[] } {
  if (program.protocol !== 'mcp-stdio' || source.kind !== 'command') return { program, remarks: [] }
  const names = selectors.map(({ selector }) => selector)
  const { boundary, remarks } = proposedBoundary(program, names, source.boundary ?? nothingAsked)
  return { program: { ...program, boundary }, remarks }
}

function prepare(
  folder: DriverFolder,
  { out }: Context,
  { source, client }: DriverRequest,
): PreparedProgram | Promise<PreparedProgram> {
  if (source.kind === 'command') return prepareCommand(source, client, folder, (line) => out.note(line))
  return prepareServer(source, client, folder.credential)
}

/** Waits a little until the driver is attached with a later incarnation than `after`; true when it is. */
export async function isSoonAttached(kernel: KernelClient, name: string, after: number): Promise<boolean> {
  for (let look = 0; look < attachLooks; look++) {
    const { entry } = await findDriver(kernel, name)
    if (entry['attached'] === true && Number(entry['incarnation']) > after) return true
    await pause(attachPauseMs)
  }
  return false
}
