/**
 * Signs what the net service offers. Only the selector that a command is about changes: everything else keeps the pin
 * that an operator gave it, whatever lies in the vault by now, so that a signature for one secret never covers another.
 */
import type { DriverId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Definition } from '../../driver/definition.ts'
import { netDefinitions, netDriver, netManifest } from '../../driver/net/net-definitions.ts'
import { pinService } from '../../driver/service/pin-service.ts'
import type { DriverManifest } from '../../kernel/manifest.ts'
import type { OrderAction } from '../../kernel/command.ts'
import type { Context } from '../command.ts'
import { isSoonAttached } from '../driver-addition.ts'
import { keepDefinitions } from '../driver-definitions.ts'
import { driverFolder, makeDriverFolder } from '../driver-folder.ts'
import { knownDriver } from '../driver-review.ts'
import { lastWords } from '../driver-trouble.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { listDrivers } from '../lookup.ts'
import { signAndSend } from '../signing.ts'

/** The net service as it is known to the kernel; null when it was not added yet. */
export interface NetDriver {
  readonly driver: number
  readonly incarnation: number
  readonly manifest: DriverManifest
}

/** What a command changes in what is pinned. */
export interface NetChange {
  readonly selector: string
  /** Null drops the selector. */
  readonly definition: Definition | null
}

/** Finds the net service. A driver of that name that is another program is a mistake to be solved by a person. */
export async function findNet(context: Context, kernel: KernelClient): Promise<NetDriver | null> {
  const exists = (await listDrivers(kernel)).some(({ name }) => name === netDriver)
  if (!exists) return null
  const { driver, incarnation, manifest } = await knownDriver(context, kernel, netDriver)
  if (manifest.program.protocol === 'service' && manifest.program.service === 'net')
    return { driver, incarnation, manifest }
  throw usageFailure(
    `the driver called ${netDriver} is not the net service`,
    `custos driver remove ${netDriver}, and add that server under another name`,
  )
}

/** What was signed. */
export interface SignedNet {
  readonly made: JsonObject
  readonly driver: number
  /** False when the service does not serve what was signed yet. */
  readonly attached: boolean
}

/** Signs the change and waits a little until the service offers it. */
export async function signNet(
  context: Context,
  kernel: KernelClient,
  change: NetChange,
  remarks: readonly string[],
): Promise<SignedNet> {
  const net = await findNet(context, kernel)
  const made = await signAndSend(context, kernel, actionFor(net, change), remarks)
  const folder = driverFolder(context.paths.state, netDriver)
  makeDriverFolder(folder)
  keepDefinitions(folder.definitions, netDefinitions(context.paths.state))
  const driver = net?.driver ?? numberOf(made, 'driver')
  const attached = await isSoonAttached(kernel, netDriver, net?.incarnation ?? 0)
  return { made, driver, attached }
}

/** What to print when the service does not serve yet. */
export function troubleOf({ paths }: Context, { attached, driver }: SignedNet): readonly string[] {
  return attached ? [] : ['The net service is not attached yet; it last said:', ...lastWords(paths, driver)]
}

function actionFor(net: NetDriver | null, change: NetChange): OrderAction {
  const before = (net?.manifest ?? netManifest()).selectors
  const kept = before.filter(({ selector }) => selector !== change.selector)
  const selectors = change.definition === null ? kept : [...kept, pinService(change.definition)]
  const manifest: DriverManifest = {
    program: (net?.manifest ?? netManifest()).program,
    selectors: [...selectors].sort((a, b) => (a.selector < b.selector ? -1 : 1)),
  }
  return net === null
    ? { do: 'driver.add', name: netDriver, manifest }
    : { do: 'driver.update', driver: id<DriverId>(net.driver), manifest }
}
