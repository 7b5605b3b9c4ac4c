/**
 * `custos operator list|add|revoke`: who may sign, and at which level. A sovereign operator enrols somebody by the
 * request that their own key signed; a key that is lost or taken back counts no more from the next order on.
 */
import type { OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { readEnrolmentRequest } from '../enrolment-request.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { table } from '../output.ts'
import { signAndSend } from '../signing.ts'
import { withGoverning } from './with-kernel.ts'

/** An operator as the kernel lists them. */
export interface OperatorEntry {
  readonly operator: OperatorId
  readonly name: string
  readonly level: string
  readonly domain: string | null
  readonly entry: JsonObject
}

async function listOperators(kernel: KernelClient): Promise<readonly OperatorEntry[]> {
  return listOf(await kernel.query('operators')).map((entry) => ({
    operator: id<OperatorId>(numberOf(entry, 'operator')),
    name: textOf(entry, 'name'),
    level: textOf(entry, 'level'),
    domain: textOf(entry, 'domain') || null,
    entry,
  }))
}

/** The operator of that name. */
export async function findOperator(kernel: KernelClient, word: string): Promise<OperatorEntry> {
  const operators = await listOperators(kernel)
  const found = operators.find(({ name }) => name === word)
  if (found !== undefined) return found
  const names = operators.map(({ name }) => visible(name)).join(', ')
  throw usageFailure(`there is no operator "${visible(word)}"`, `there are: ${names}`)
}

/** Lists operators. */
export const operatorListCommand: Command = {
  name: 'operator list',
  synopsis: '',
  summary: 'list operators, their levels, and whether their keys count',
  details: [],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withGoverning(context, async (kernel) => {
      const operators = await listOperators(kernel)
      const rows = operators.map(({ name, level, domain, entry }) => [
        visible(name),
        visible(domain === null ? level : `${level} of ${domain}`),
        visible(textOf(entry, 'status')),
        visible(textOf(entry, 'publicKey')),
      ])
      context.out.result(
        operators.map(({ entry }) => entry),
        table([['NAME', 'LEVEL', 'KEY', 'PUBLIC KEY'], ...rows]),
      )
    }),
}

/** Enrols an operator. */
export const operatorAddCommand: Command = {
  name: 'operator add',
  synopsis: 'FILE',
  summary: 'enrol an operator by the request that their key signed (signed)',
  details: [
    'FILE is what custos operator key printed for them. Compare the public key with the one they tell you',
    'by another way: whoever you enrol decides what others may do.',
  ],
  flags: signingFlags,
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withGoverning(context, async (kernel, there) => {
      const { enrolment, proof } = readEnrolmentRequest(context.args.positionals[0] ?? '')
      const made = await signAndSend(there, kernel, { do: 'operator.enrol', ...enrolment, proof })
      context.out.result({ ...made, name: enrolment.name, level: enrolment.level }, [
        `Enrolled ${visible(enrolment.name)} as ${enrolment.level}, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

/** Takes an operator's key out of use. */
export const operatorRevokeCommand: Command = {
  name: 'operator revoke',
  synopsis: 'NAME [--lost]',
  summary: 'say that an operator’s key counts no more (signed)',
  details: [
    'With --lost they can be given another key: custos operator rotate NAME FILE. Otherwise it is for good.',
    'What they granted stays. The last active sovereign operator cannot be revoked.',
  ],
  flags: [{ name: 'lost', about: 'the key is lost; the person stays an operator' }, ...signingFlags],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withGoverning(context, async (kernel, there) => {
      const { operator, name } = await findOperator(kernel, context.args.positionals[0] ?? '')
      const reason = context.args.switches.has('lost') ? 'lost' : 'revoked'
      const action = { do: 'operator.revoke', operator, reason } as const
      const made = await signAndSend(there, kernel, action, [`(operator ${operator} is ${visible(name)})`])
      context.out.result(made, [
        `The key of ${visible(name)} counts no more, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}
