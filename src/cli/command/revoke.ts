/**
 * `custos revoke`: takes a capability back, with everything derived from it. Calls held or in flight under it
 * are cut at once.
 */
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { numberOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** Revokes a capability. */
export const revokeCommand: Command = {
  name: 'revoke',
  synopsis: 'CAP',
  summary: 'take a capability back, and all that was derived from it (signed)',
  details: ['CAP is a capability id as custos caps shows it, for example c12.'],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const capability = parseId(context.args.positionals[0] ?? '', 'a capability id')
      const action = { do: 'capability.revoke', capability: id<CapabilityId>(capability) } as const
      const made = await signAndSend(context, kernel, action)
      context.out.result(made, [
        `Revoked c${capability} and everything under it, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}
