/**
 * `custos approvals|approve|deny`: held calls and an operator's decisions on them. What is shown is what the
 * signed digest covers; if the two do not fit together, nothing is signed.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { CallId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { valueOf } from '../arguments.ts'
import type { CheckedApproval } from '../approval-check.ts'
import { checkApproval, showApproval } from '../approval-check.ts'
import { pause } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { damagedFailure, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { signAndSend, signEach } from '../signing.ts'
import { answerQuestion } from '../elicitation-prompt.ts'
import { withKernel } from './with-kernel.ts'

const watchMs = 500

/** A held call, and whether everything shown of it is covered by its digest. */
export interface PendingApproval {
  readonly call: number
  readonly digest: string
  readonly checked: Result<CheckedApproval, string>
}

/** Held calls that wait for a decision. */
export async function pendingApprovals(kernel: KernelClient): Promise<readonly PendingApproval[]> {
  return listOf(await kernel.query('approvals')).map((entry) => ({
    call: numberOf(entry, 'call'),
    digest: textOf(entry, 'digest'),
    checked: checkApproval(entry, kernel.ground),
  }))
}

/** Lists, or follows, held calls. */
export const approvalsCommand: Command = {
  name: 'approvals',
  synopsis: '[--watch]',
  summary: 'show the calls that wait for a decision, with their arguments in full',
  details: [],
  flags: [{ name: 'watch', about: 'keep showing new ones until Ctrl-C; with --json one per line' }],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      if (context.args.switches.has('watch')) {
        if (context.past !== undefined) throw usageFailure('the past does not change: leave --watch away')
        return watch(context, kernel)
      }
      const pending = await pendingApprovals(kernel)
      const lines = pending.flatMap((approval) => [...showPending(approval), ''])
      context.out.result(
        pending.map(pendingJson),
        lines.length === 0 ? ['Nothing waits for a decision.'] : lines,
      )
    }),
}

async function watch({ out }: Context, kernel: KernelClient): Promise<void> {
  let shown = new Set<number>()
  for (;;) {
    const pending = await pendingApprovals(kernel)
    for (const approval of pending) {
      if (!shown.has(approval.call)) out.result(pendingJson(approval), [...showPending(approval), ''])
    }
    shown = new Set(pending.map((approval) => approval.call))
    await pause(watchMs)
  }
}

function showPending({ call, checked }: PendingApproval): readonly string[] {
  return checked.ok
    ? showApproval(checked.value, Date.now())
    : [`call ${call} cannot be approved: ${checked.error}`]
}

function pendingJson({ call, digest, checked }: PendingApproval): unknown {
  return checked.ok ? approvalJson(checked.value) : { call, digest, problem: checked.error }
}

function approvalJson(approval: CheckedApproval): unknown {
  const { argumentBytes, salt: _, ...rest } = approval
  return { ...rest, arguments: Buffer.from(argumentBytes).toString('utf8') }
}

/** Approves a held call. */
export const approveCommand: Command = {
  name: 'approve',
  synopsis: 'CALL [--comment TEXT] [--answer JSON]',
  summary: 'approve a held call, exactly as shown (signed)',
  details: [
    'The approval is for this call and these bytes alone, once.',
    "A driver's question is answered with --answer '{\"field\":value}', or field by field at a terminal;",
    'its digest is signed, and the answer is sealed into the ledger with the approval.',
  ],
  flags: [
    { name: 'comment', value: 'TEXT', about: 'a remark for the agent and the record' },
    { name: 'answer', value: 'JSON', about: 'what to answer a driver that asks a person for something' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) => decideOn(context, 'call.approve'),
}

/** Denies a held call. */
export const denyCommand: Command = {
  name: 'deny',
  synopsis: 'CALL [--comment TEXT]',
  summary: 'deny a held call (signed)',
  details: ['The comment reaches the agent: say what would be acceptable.'],
  flags: [
    { name: 'comment', value: 'TEXT', about: 'a remark for the agent and the record' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) => decideOn(context, 'call.deny'),
}

function decideOn(context: Context, what: 'call.approve' | 'call.deny'): ReturnType<Command['run']> {
  return withKernel(context, async (kernel) => {
    const call = parseId(context.args.positionals[0] ?? '', 'a call id')
    const pending = (await pendingApprovals(kernel)).find((approval) => approval.call === call)
    if (pending === undefined)
      throw usageFailure(`call ${call} does not wait for a decision`, 'see: custos approvals')
    for (const line of showPending(pending)) context.out.note(line)
    if (what === 'call.approve' && !pending.checked.ok) {
      throw damagedFailure(
        'what is shown is not what would be signed; nothing was signed',
        `deny it: custos deny ${call}`,
      )
    }
    if (context.showRecord && pending.checked.ok)
      context.out.note(`  record     ${visible(pending.checked.value.record)}`)
    const comment = valueOf(context.args, 'comment') ?? ''
    const subject = { call: id<CallId>(call), digest: pending.digest, comment }
    const answer = what === 'call.approve' ? await answerTo(pending, valueOf(context.args, 'answer')) : null
    const made =
      answer === null
        ? await signAndSend(context, kernel, { do: what, ...subject })
        : await signAnswer(context, kernel, subject, answer)
    const verb = what === 'call.approve' ? 'Approved' : 'Denied'
    const waits = textOf(made, 'event') === 'call.seconded' ? ' It waits for another operator.' : ''
    context.out.result(made, [`${verb} call ${call}, recorded in #${numberOf(made, 'seq')}.${waits}`])
  })
}

/** An approval that answers: what is signed is the answer's salted digest, and the answer goes beside it. */
async function signAnswer(
  context: Context,
  kernel: KernelClient,
  subject: { readonly call: CallId; readonly digest: string; readonly comment: string },
  { text, salt }: SaltedAnswer,
): Promise<JsonObject> {
  let made: JsonObject = {}
  const answer = sha256Hex(Buffer.concat([salt, Buffer.from(text)]))
  const action = { do: 'call.approve', ...subject, answer } as const
  const order = { action, remarks: [`(the answer is ${visible(text)})`], answer: text }
  await signEach(context, kernel, [order], (one) => void (made = one))
  return made
}

interface SaltedAnswer {
  readonly text: string
  readonly salt: Uint8Array
}

/** The answer that goes with an approval: from the flag or the terminal, and null for a call that asks nothing. */
async function answerTo({ checked }: PendingApproval, given: string | null): Promise<SaltedAnswer | null> {
  if (checked.ok && checked.value.selector === 'client/elicitation') {
    const text = await answerQuestion(checked.value.argumentBytes, given)
    return text === null ? null : { text, salt: checked.value.salt }
  }
  if (given !== null) throw usageFailure('this call asks no question: --answer has no meaning here')
  return null
}
