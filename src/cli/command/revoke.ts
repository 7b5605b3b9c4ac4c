/**
 * `custos revoke`: takes a capability back, with everything derived from it. Calls held or in flight under it
 * are cut at once. With `--expired` it clears up: what has expired allows nothing any more, but keeps its place in its
 * holder's table, and its budget, until it is revoked.
 */
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { signEach } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** Revokes a capability, or every one that has expired. */
export const revokeCommand: Command = {
  name: 'revoke',
  synopsis: 'CAP | --expired',
  summary: 'take a capability back, and all that was derived from it (signed)',
  details: [
    'CAP is a capability id as custos caps shows it, for example c12. With --expired everything that has expired is',
    'revoked, with one signature each: that makes room in the tables of those who hold it, and frees its budgets.',
  ],
  flags: [
    { name: 'expired', about: 'revoke what has expired, instead of naming a capability' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const chosen = await chosenCapabilities(context, kernel)
      const orders = chosen.map((capability) => ({
        action: { do: 'capability.revoke', capability: id<CapabilityId>(capability) } as const,
        remarks: [],
      }))
      if (orders.length === 0) return context.out.result([], ['Nothing has expired.'])
      await signEach(context, kernel, orders, (made, index) =>
        context.out.result(made, [
          `Revoked c${chosen[index] ?? 0} and everything under it, recorded in #${numberOf(made, 'seq')}.`,
        ]),
      )
    }),
}

async function chosenCapabilities({ args }: Context, kernel: KernelClient): Promise<readonly number[]> {
  const [word] = args.positionals
  const isAboutExpired = args.switches.has('expired')
  if (isAboutExpired === (word !== undefined)) throw usageFailure('name a capability, or --expired')
  if (word !== undefined) return [parseId(word, 'a capability id')]
  return expiredAmong(listOf(await kernel.query('capabilities')), Date.now())
}

/** The capabilities that have expired by themselves, without those below another one of them. */
export function expiredAmong(capabilities: readonly JsonObject[], now: number): readonly number[] {
  const parents = new Map(capabilities.map((one) => [numberOf(one, 'capability'), numberOf(one, 'parent')]))
  const expired = new Set(
    capabilities.filter((one) => hasExpired(one, now)).map((one) => numberOf(one, 'capability')),
  )
  const isBelow = (capability: number): boolean => {
    for (let at = parents.get(capability) ?? 0; at !== 0; at = parents.get(at) ?? 0)
      if (expired.has(at)) return true
    return false
  }
  return [...expired].filter((capability) => !isBelow(capability))
}

/** Its holder hears that it has expired and not that it was revoked. */
function hasExpired({ caveats, live, handle, why }: JsonObject, now: number): boolean {
  const expiresAt = isJsonObject(caveats) ? caveats['expiresAt'] : undefined
  const isRevoked = typeof why === 'string' && why.includes('revoked')
  return live !== true && handle !== 0 && !isRevoked && typeof expiresAt === 'number' && expiresAt <= now
}
