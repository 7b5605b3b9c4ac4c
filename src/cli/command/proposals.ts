/**
 * `custos proposals`: orders that wait for a second operator, shown in words, and the decision on them. What is shown
 * is read from the very text that was proposed, and the digest that is signed is made of that text here.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { parseOrder } from '../../kernel/sovereign/parse-order.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { damagedFailure, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { showAction } from '../order.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

interface WaitingOrder {
  readonly proposal: number
  readonly digest: string
  readonly json: object
  /** In words, safe to print; null when what is shown would not be what was proposed. */
  readonly lines: readonly string[] | null
}

async function waitingOrders(kernel: KernelClient): Promise<readonly WaitingOrder[]> {
  return listOf(await kernel.query('proposals')).map((entry) => {
    const [proposal, digest, record] = [
      numberOf(entry, 'proposal'),
      textOf(entry, 'digest'),
      textOf(entry, 'record'),
    ]
    const parsed = parseStrictJson(Buffer.from(record))
    const order = parsed.ok ? parseOrder(parsed.value) : null
    const isSame = sha256Hex(record) === digest && order?.ok === true
    const head = `proposal ${proposal} by ${visible(textOf(entry, 'operatorName'))}, until ${showInstant(numberOf(entry, 'expiresAt'))}`
    const lines = isSame ? [head, ...showAction(order.value.command).map((line) => `  ${line}`)] : null
    return { proposal, digest, json: { ...entry, order: parsed.ok ? parsed.value : null }, lines }
  })
}

/** Lists them. */
export const proposalsCommand: Command = {
  name: 'proposals',
  synopsis: '',
  summary: 'show the orders that wait for a second operator',
  details: [
    'Orders about operators and domains wait with the sovereign: custos proposals --domain sovereign.',
    'Decide with custos proposals confirm ID, or custos proposals decline ID.',
  ],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const waiting = await waitingOrders(kernel)
      const lines = waiting.flatMap(
        ({ proposal, lines: shown }) => shown ?? [`proposal ${proposal} cannot be shown`],
      )
      context.out.result(
        waiting.map(({ json }) => json),
        lines.length === 0 ? ['Nothing waits for a second operator.'] : lines,
      )
    }),
}

/** Confirms one. */
export const proposalsConfirmCommand: Command = {
  name: 'proposals confirm',
  synopsis: 'ID',
  summary: 'agree to another operator’s order, which is then carried out (signed)',
  details: ['Nobody confirms their own order.'],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const { proposal, digest, lines } = await find(kernel, context.args.positionals[0] ?? '')
      if (lines === null)
        throw damagedFailure(
          'what is shown is not what would be signed; nothing was signed',
          `decline it: custos proposals decline ${proposal}`,
        )
      const action = { do: 'order.confirm', proposal: id<Seq>(proposal), digest } as const
      const made = await signAndSend(context, kernel, action, lines)
      context.out.result(made, [`Confirmed and carried out, recorded in #${numberOf(made, 'seq')}.`])
    }),
}

/** Declines one. */
export const proposalsDeclineCommand: Command = {
  name: 'proposals decline',
  synopsis: 'ID [--reason TEXT]',
  summary: 'say no to an order that waits, or take your own back (signed)',
  details: [],
  flags: [{ name: 'reason', value: 'TEXT', about: 'why, for the record' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const { proposal, lines } = await find(kernel, context.args.positionals[0] ?? '')
      const reason = valueOf(context.args, 'reason') ?? ''
      const action = { do: 'order.decline', proposal: id<Seq>(proposal), reason } as const
      const made = await signAndSend(context, kernel, action, lines ?? [])
      context.out.result(made, [`Declined, recorded in #${numberOf(made, 'seq')}.`])
    }),
}

async function find(kernel: KernelClient, word: string): Promise<WaitingOrder> {
  const proposal = parseId(word, 'a proposal')
  const found = (await waitingOrders(kernel)).find((one) => one.proposal === proposal)
  if (found === undefined) throw usageFailure(`proposal ${proposal} does not wait`, 'see: custos proposals')
  return found
}
