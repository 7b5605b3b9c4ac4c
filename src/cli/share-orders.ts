/**
 * The orders of a share, each signed in the domain that it is about. What is taken over is exactly what the other
 * domain gives at that moment, seen through the same attachment that the adapter will use.
 */
import { sha256Hex } from '../base/hash.ts'
import type { AgentId, DriverId, ObjectId, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Share } from '../driver/domain/share.ts'
import { agentOfShare, driverOfShare } from '../driver/domain/share.ts'
import { offerOfShare } from '../driver/domain/share-offer.ts'
import { hasShareToken, removeShareToken, writeShareToken } from '../driver/domain/share-token.ts'
import { selectorAbroad, whyNotShared } from '../driver/domain/shared-selector.ts'
import { ensureVaultKey } from '../driver/vault/vault-key.ts'
import type { DriverManifest, PinnedSelector } from '../kernel/manifest.ts'
import { newToken } from './agent-token.ts'
import type { Context } from './command.ts'
import { selectorName } from './constraint-syntax.ts'
import { keepDefinitions } from './driver-definitions.ts'
import { driverFolder, makeDriverFolder, removeDriverFolder } from './driver-folder.ts'
import { orUndoIfRefused } from './driver-undo.ts'
import { visible } from './escape.ts'
import { damagedFailure, unreachableFailure, usageFailure } from './exit.ts'
import { planGrant } from './grant-plan.ts'
import { keyFolder } from './key-place.ts'
import type { KernelClient } from './kernel-client.ts'
import { numberOf } from './kernel-client.ts'
import { findDriver } from './lookup.ts'
import { counterpart, pinsOf, standIn } from './share-plan.ts'
import { signAndSend } from './signing.ts'

/** Grants, in the giving domain, what the command line names to the agent that stands for the taker. */
export async function giveShare(
  context: Context,
  kernel: KernelClient,
  share: Share,
): Promise<{ readonly capability: number; readonly seq: number }> {
  const [, word = '', ...selectors] = context.args.positionals
  const driver = await findDriver(kernel, word)
  const why = whyNotShared(driver.name)
  if (why !== null) throw usageFailure(`the driver ${visible(driver.name)} cannot be shared: ${why}`)
  if (driver.entry['attached'] !== true)
    throw usageFailure(`the driver ${visible(driver.name)} is not attached`, 'see: custos driver list')
  const positionals = [agentOfShare(share), driver.name, ...selectors]
  await ensureStandIn(context, kernel, share)
  const there = { ...context, args: { ...context.args, positionals } }
  const plan = await planGrant(there, kernel)
  const foreign = plan.caveats.selectors?.find((selector) => selectorAbroad(driver.name, selector) === null)
  if (foreign !== undefined) throw usageFailure(`${visible(foreign)} cannot be shared`, 'only tools can')
  for (const note of plan.notes) context.out.note(note)
  const made = await signAndSend(
    context,
    kernel,
    {
      do: 'capability.grant',
      holder: id<ProcessId>(plan.holder),
      object: id<ObjectId>(plan.object),
      caveats: plan.caveats,
    },
    [`(in domain ${share.from}; process ${plan.holder} stands for domain ${share.to})`],
  )
  return { capability: numberOf(made, 'capability'), seq: numberOf(made, 'seq') }
}

/** Adds the agent that stands for the taker, once. Its token is sealed before anything is signed. */
async function ensureStandIn(context: Context, kernel: KernelClient, share: Share): Promise<void> {
  const { home } = context.paths
  if ((await standIn(kernel, share)) !== null) {
    if (hasShareToken(home, share)) return
    throw damagedFailure(
      `the token of ${agentOfShare(share)} is not in the vault any more`,
      `end the share and make it anew: custos domain unshare ${share.from} --with ${share.to}`,
    )
  }
  const key = ensureVaultKey(home, keyFolder(home, context.env))
  if (!key.ok) throw damagedFailure(key.error)
  const token = newToken()
  writeShareToken(home, share, key.value, token)
  const action = { do: 'agent.add', name: agentOfShare(share), tokenDigest: sha256Hex(token) } as const
  await orUndoIfRefused(
    () => removeShareToken(home, share),
    () =>
      signAndSend(context, kernel, action, [`(in domain ${share.from}; it stands for domain ${share.to})`]),
  )
}

/** Makes what is given the driver of the taking domain, in place of what was taken before. */
export async function takeShare(
  context: Context,
  kernel: KernelClient,
  share: Share,
): Promise<{ readonly driver: string; readonly seq: number }> {
  const offer = await offerOfShare(context.paths.home, share)
  if (!offer.ok) throw unreachableFailure(`it cannot be seen what is given: ${visible(offer.error)}`)
  const [, driver = '', ...words] = context.args.positionals
  const known = await counterpart(kernel, share)
  const pins = new Map((known === null ? [] : pinsOf(known)).map((pin) => [pin.selector, pin]))
  const wanted = new Set(words.map((word) => abroad(driver, word)))
  const accepted = offer.value.pins.filter(({ selector }) => isWanted(wanted, driver, selector))
  if (accepted.length === 0)
    throw usageFailure(`domain ${share.from} gives nothing of that`, 'see: custos domain shares')
  for (const pin of accepted) pins.set(pin.selector, pin)
  const manifest: DriverManifest = {
    program: { protocol: 'domain', domain: share.from },
    selectors: [...pins.values()].toSorted(bySelector),
  }
  const remarks = [`(in domain ${share.to})`]
  const name = driverOfShare(share)
  const made =
    known === null
      ? await signAndSend(context, kernel, { do: 'driver.add', name, manifest }, remarks)
      : await signAndSend(
          context,
          kernel,
          { do: 'driver.update', driver: id<DriverId>(known.driver), manifest },
          remarks,
        )
  const folder = driverFolder(context.paths.state, name)
  makeDriverFolder(folder)
  keepDefinitions(
    folder.definitions,
    offer.value.definitions.filter(({ selector }) => pins.has(selector)),
  )
  return { driver: name, seq: numberOf(made, 'seq') }
}

function abroad(driver: string, word: string): string {
  return word === '*' ? word : (selectorAbroad(driver, selectorName(word)) ?? '')
}

function isWanted(wanted: ReadonlySet<string>, driver: string, selector: string): boolean {
  return (
    wanted.has(selector) || (wanted.has('*') && selector.startsWith(selectorAbroad(driver, 'tools/') ?? ' '))
  )
}

function bySelector(one: PinnedSelector, other: PinnedSelector): number {
  return one.selector < other.selector ? -1 : 1
}

/** Removes the agent that stands for the taker. Null when there is none. */
export async function endGiving(
  context: Context,
  kernel: KernelClient,
  share: Share,
): Promise<number | null> {
  const agent = await standIn(kernel, share)
  const action = agent === null ? null : ({ do: 'agent.remove', agent: id<AgentId>(agent.agent) } as const)
  const made =
    action === null ? null : await signAndSend(context, kernel, action, [`(in domain ${share.from})`])
  removeShareToken(context.paths.home, share)
  return made === null ? null : numberOf(made, 'seq')
}

/** Removes the driver that the giver is. Null when there is none. */
export async function endTaking(
  context: Context,
  kernel: KernelClient,
  share: Share,
): Promise<number | null> {
  const driver = await counterpart(kernel, share)
  if (driver === null) return null
  const action = { do: 'driver.remove', driver: id<DriverId>(driver.driver) } as const
  const made = await signAndSend(context, kernel, action, [`(in domain ${share.to})`])
  removeDriverFolder(driverFolder(context.paths.state, driver.name))
  return numberOf(made, 'seq')
}
