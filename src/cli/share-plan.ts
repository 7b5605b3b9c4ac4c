/**
 * Both sides of a share, as they stand in the two domains' kernels: found by what is recorded there and by nothing
 * that is kept beside it.
 */
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Share } from '../driver/domain/share.ts'
import { agentOfShare, domainOfAgent, driverOfShare } from '../driver/domain/share.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import { parseManifest } from '../kernel/sovereign/parse-manifest.ts'
import { isDomainName } from '../kernel/sovereign/shape.ts'
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import { valueOf } from './arguments.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import { governing } from './home.ts'
import type { KernelClient } from './kernel-client.ts'
import { connectKernel, listOf, numberOf, textOf } from './kernel-client.ts'
import type { AgentEntry, DriverEntry } from './lookup.ts'
import { listAgents, listDrivers } from './lookup.ts'

/** The share that a command line names: the giving domain first, the taking one after `--with`. */
export function namedShare({ args }: Context): Share {
  const from = args.positionals[0] ?? ''
  const to = valueOf(args, 'with')
  if (to === null) throw usageFailure('with which domain?', 'use --with NAME')
  for (const name of [from, to])
    if (!isDomainName(name) || name === sovereignDomain)
      throw usageFailure(`"${visible(name)}" cannot share`, 'see: custos domain list')
  if (from === to) throw usageFailure('a domain has its own drivers already', 'name another one with --with')
  return { from, to }
}

/** Fails unless both domains are there and run, before anything is signed in one of them. */
export async function bothRun(context: Context, { from, to }: Share): Promise<void> {
  const domains = await activeDomains(context)
  const missing = [from, to].find((name) => !domains.includes(name))
  if (missing !== undefined)
    throw usageFailure(`there is no domain "${visible(missing)}" that runs`, 'see: custos domain list')
}

/** The agent that the taking domain is in the giving one, or null. */
export async function standIn(giving: KernelClient, share: Share): Promise<AgentEntry | null> {
  const agents = await listAgents(giving)
  const found = agents.find(({ name }) => name === agentOfShare(share))
  return found === undefined || found.entry['killed'] === true ? null : found
}

/** The driver that the giving domain is in the taking one, or null. One of that name that is another is an error. */
export async function counterpart(taking: KernelClient, share: Share): Promise<DriverEntry | null> {
  const drivers = await listDrivers(taking)
  const found = drivers.find(({ name }) => name === driverOfShare(share))
  if (found === undefined) return null
  if (givingDomain(found) === share.from) return found
  throw usageFailure(`the driver ${found.name} of domain ${share.to} is something else`, 'remove it first')
}

/** The domain that a driver is, or null when it is none. */
export function givingDomain({ entry }: DriverEntry): string | null {
  const program = entry['program'] ?? null
  return isJsonObject(program) && program['protocol'] === 'domain' ? textOf(program, 'domain') : null
}

/** What is pinned at a driver. */
export function pinsOf({ entry }: DriverEntry): readonly PinnedSelector[] {
  const program = entry['program'] ?? null
  const selectors = entry['selectors'] ?? null
  const manifest = parseManifest({ program, selectors })
  if (!manifest.ok)
    throw usageFailure(`the driver is not one that this version understands: ${manifest.error}`)
  return manifest.value.selectors
}

/** The domains that run here. */
export async function activeDomains(context: Context): Promise<readonly string[]> {
  const kernel = await connectKernel(governing(context.paths))
  try {
    const domains = listOf(await kernel.query('domains'))
    const active = domains.filter(({ status }) => status === 'active').map((one) => textOf(one, 'name'))
    return domains.length === 0 ? [mainDomain] : active
  } finally {
    kernel.close()
  }
}

/** One granted operation of a domain, or one that is pinned in the other and no longer granted. */
export interface SharedOperation extends Share {
  readonly driver: string
  readonly capability: number
  readonly selectors: readonly string[]
}

/** What a domain grants to agents that stand for others. */
export async function givenBy(giving: KernelClient, from: string): Promise<readonly SharedOperation[]> {
  const holders = new Map<number, string>()
  for (const { name, process, entry } of await listAgents(giving)) {
    const to = domainOfAgent(name)
    if (to !== null && entry['killed'] !== true) holders.set(process, to)
  }
  return listOf(await giving.query('capabilities')).flatMap((capability) => {
    const to = holders.get(numberOf(capability, 'holder'))
    return to === undefined ? [] : operationOf(capability, { from, to })
  })
}

function operationOf(capability: JsonObject, share: Share): readonly SharedOperation[] {
  if (capability['live'] !== true) return []
  const caveats = capability['caveats']
  const listed = isJsonObject(caveats ?? null) ? (caveats as JsonObject)['selectors'] : undefined
  const selectors = Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : []
  const driver = textOf(capability, 'objectName')
  return [{ ...share, driver, capability: numberOf(capability, 'capability'), selectors }]
}
