/**
 * The system's own services, added to a home when something first needs them. They are drivers like any other: an
 * operator signs what they are and what they offer, and from then on the supervisor keeps them running.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceProgram } from '../../kernel/manifest.ts'
import type { Context } from '../command.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import type { DriverEntry } from '../lookup.ts'
import { listDrivers } from '../lookup.ts'

/** The name of a service. */
export type ServiceName = ServiceProgram['service']

const attachMs = 10_000
const pauseMs = 50

/**
 * The drivers that serve `names`, each attached; `known` are all that there are now. Missing ones are added by signed
 * orders, together. Fails as a command does when one is called so and is something else, or does not come up.
 */
export async function ensureServices(
  context: Context,
  kernel: KernelClient,
  names: readonly ServiceName[],
  known: readonly DriverEntry[],
): Promise<{ readonly [S in ServiceName]?: DriverEntry }> {
  const missing = names.filter((name) => !known.some((driver) => driver.name === name))
  if (missing.length > 0) {
    // Once in the life of a home, so nobody else has to load it.
    const { addServices } = await import('./service-addition.ts')
    await addServices(context, kernel, missing)
  }
  return awaitServices(kernel, names, missing.length > 0 ? await listDrivers(kernel) : known)
}

async function awaitServices(
  kernel: KernelClient,
  names: readonly ServiceName[],
  known: readonly DriverEntry[],
): Promise<{ readonly [S in ServiceName]?: DriverEntry }> {
  const deadline = performance.now() + attachMs
  for (let drivers = known; ; drivers = await listDrivers(kernel)) {
    const found = names.flatMap((name) => {
      const driver = drivers.find((candidate) => candidate.name === name)
      return driver?.entry['attached'] === true ? [[name, driver] as const] : []
    })
    for (const [name, driver] of found) mustBeService(name, driver)
    if (found.length === names.length) return Object.fromEntries(found)
    if (performance.now() > deadline)
      throw notAttached(names.filter((name) => !found.some(([other]) => other === name)))
    await sleep(pauseMs)
  }
}

/** A driver of another kind under that name would be asked for the network in our place. */
function mustBeService(name: ServiceName, { entry }: DriverEntry): void {
  const { program } = entry as {
    readonly program?: { readonly protocol?: unknown; readonly service?: unknown }
  }
  if (program?.protocol === 'service' && program.service === name) return
  throw new CommandFailure(
    exitCodes.usage,
    `the driver called ${name} is not the service of that name`,
    `custos driver remove ${name}, and add it again under another name`,
  )
}

function notAttached(names: readonly ServiceName[]): CommandFailure {
  return new CommandFailure(
    exitCodes.unreachable,
    `the service ${names.join(' and ')} does not come up`,
    'see custos ps; custos driver list says why',
  )
}
