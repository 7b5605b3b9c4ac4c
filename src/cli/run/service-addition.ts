/**
 * Adding the system's own services: what an operator signs is what they offer in this version, and nothing of a home.
 */
import { netManifest } from '../../driver/net/net-definitions.ts'
import { pinService } from '../../driver/service/pin-service.ts'
import { workspaceDefinitions } from '../../driver/workspace/workspace-definitions.ts'
import type { OrderAction } from '../../kernel/command.ts'
import type { DriverManifest } from '../../kernel/manifest.ts'
import type { Context } from '../command.ts'
import type { KernelClient } from '../kernel-client.ts'
import { signEach } from '../signing.ts'
import type { ServiceName } from './service-drivers.ts'

const about: { readonly [S in ServiceName]: string } = {
  net: 'the way to the network: every request is a decision of the gate',
  workspace: 'commits the changes of a run, each when it is approved',
}

/** The manifest of a service as it is now. */
export function serviceManifest(service: ServiceName): DriverManifest {
  return service === 'net'
    ? netManifest()
    : { program: { protocol: 'service', service }, selectors: workspaceDefinitions.map(pinService) }
}

/** Adds these services by signed orders, with the passphrase asked for once. */
export async function addServices(
  context: Context,
  kernel: KernelClient,
  names: readonly ServiceName[],
): Promise<void> {
  const orders = names.map((name) => ({
    action: { do: 'driver.add', name, manifest: serviceManifest(name) } satisfies OrderAction,
    remarks: [`(${about[name]})`],
  }))
  await signEach(context, kernel, orders, () => {})
}
