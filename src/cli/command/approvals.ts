/**
 * `custos approvals|approve|deny`: held calls and an operator's decisions on them. What is shown is what the
 * signed digest covers; if the two do not fit together, nothing is signed.
 */
import type { CallId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { valueOf } from '../arguments.ts'
import type { CheckedApproval } from '../approval-check.ts'
import { checkApproval, showApproval } from '../approval-check.ts'
import { pause } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { damagedFailure, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { openSigner, sendOrder } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

const watchMs = 500

/** Held calls that wait for a decision. Fails when one does not fit its digest. */
export async function pendingApprovals(kernel: KernelClient): Promise<readonly CheckedApproval[]> {
  return listOf(await kernel.query('approvals')).map((entry) => {
    const checked = checkApproval(entry, kernel.ground)
    if (checked.ok) return checked.value
    throw damagedFailure(
      `the approval of call ${numberOf(entry, 'call')} does not fit together: ${checked.error}`,
      'do not sign it; what the kernel shows is not what it asks to be signed',
    )
  })
}

/** Lists, or follows, held calls. */
export const approvalsCommand: Command = {
  name: 'approvals',
  synopsis: '[--watch]',
  summary: 'show the calls that wait for a decision, with their arguments in full',
  details: [],
  flags: [{ name: 'watch', about: 'keep showing new ones until Ctrl-C; with --json one per line' }],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      if (context.args.switches.has('watch')) return watch(context, kernel)
      const pending = await pendingApprovals(kernel)
      const lines = pending.flatMap((approval) => [...showApproval(approval, Date.now()), ''])
      context.out.result(pending.map(approvalJson), lines.length === 0 ? ['Nothing waits for a decision.'] : lines)
    }),
}

async function watch({ out }: Context, kernel: KernelClient): Promise<void> {
  let shown = new Set<number>()
  for (;;) {
    const pending = await pendingApprovals(kernel)
    for (const approval of pending) {
      if (!shown.has(approval.call)) out.result(approvalJson(approval), [...showApproval(approval, Date.now()), ''])
    }
    shown = new Set(pending.map((approval) => approval.call))
    await pause(watchMs)
  }
}

function approvalJson(approval: CheckedApproval): unknown {
  const { argumentBytes, ...rest } = approval
  return { ...rest, arguments: Buffer.from(argumentBytes).toString('utf8') }
}

/** Approves a held call. */
export const approveCommand: Command = {
  name: 'approve',
  synopsis: 'CALL [--comment TEXT]',
  summary: 'approve a held call, exactly as shown (signed)',
  details: ['The approval is for this call and these bytes alone, once.'],
  flags: [{ name: 'comment', value: 'TEXT', about: 'a remark for the agent and the record' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) => decideOn(context, 'call.approve'),
}

/** Denies a held call. */
export const denyCommand: Command = {
  name: 'deny',
  synopsis: 'CALL [--comment TEXT]',
  summary: 'deny a held call (signed)',
  details: ['The comment reaches the agent: say what would be acceptable.'],
  flags: [{ name: 'comment', value: 'TEXT', about: 'a remark for the agent and the record' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) => decideOn(context, 'call.deny'),
}

function decideOn(context: Context, what: 'call.approve' | 'call.deny'): ReturnType<Command['run']> {
  return withKernel(context, async (kernel) => {
    const call = parseId(context.args.positionals[0] ?? '', 'a call id')
    const approval = (await pendingApprovals(kernel)).find((pending) => pending.call === call)
    if (approval === undefined) throw usageFailure(`call ${call} does not wait for a decision`, 'see: custos approvals')
    for (const line of showApproval(approval, Date.now())) context.out.note(line)
    if (context.showRecord) context.out.note(`  record     ${approval.record}`)
    const made = await sendOrder(context, kernel, await openSigner(context, kernel), {
      do: what,
      call: id<CallId>(call),
      digest: approval.digest,
      comment: valueOf(context.args, 'comment') ?? '',
    })
    const verb = what === 'call.approve' ? 'Approved' : 'Denied'
    context.out.result(made, [`${verb} call ${call}, recorded in #${numberOf(made, 'seq')}.`])
  })
}
