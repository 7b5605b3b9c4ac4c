/**
 * `custos domain add|list|freeze|unfreeze|remove`: the domains of a home. Each has a kernel, a ledger, keys and
 * budgets of its own; the sovereign kernel, which hears these orders, decides which of them run.
 */
import { isDomainName } from '../../kernel/sovereign/shape.ts'
import { valueOf } from '../arguments.ts'
import { reconnectKernel } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { inDomain } from '../home.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import type { OrderAction } from '../../kernel/command.ts'
import { table } from '../output.ts'
import { shareWords } from '../share-means.ts'
import { signAndSend } from '../signing.ts'
import { withGoverning } from './with-kernel.ts'

const mostWeight = 1000

function named({ args }: Context): string {
  const name = args.positionals[0] ?? ''
  if (isDomainName(name)) return name
  throw usageFailure(
    `"${visible(name)}" cannot be a domain`,
    'use lower case, digits and "-", at most 32 of them',
  )
}

/** Adds a domain. */
export const domainAddCommand: Command = {
  name: 'domain add',
  synopsis: 'NAME [--weight N]',
  summary: 'add a domain: a kernel, a ledger and keys of its own (signed)',
  details: [
    'It begins with the home’s operators and nothing else. Every command takes --domain NAME from then on.',
    'The weight is its share of the machine when domains compete; main has 100.',
  ],
  flags: [{ name: 'weight', value: 'N', about: 'its share beside others (default 100)' }, ...signingFlags],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withGoverning(context, async (kernel, there) => {
      const name = named(context)
      const weight = weightFrom(valueOf(context.args, 'weight') ?? '100')
      const made = await signAndSend(there, kernel, { do: 'domain.register', name, weight })
      context.out.note(`Starting the kernel of ${name}…`)
      ;(await reconnectKernel(inDomain(context.paths, name))).close()
      context.out.result({ ...made, domain: name }, [
        `Domain ${name} is up, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

function weightFrom(text: string): number {
  const weight = /^[1-9]\d{0,3}$/u.test(text) ? Number(text) : 0
  if (weight < 1 || weight > mostWeight)
    throw usageFailure(`"${visible(text)}" is not a weight`, `it is a number from 1 to ${mostWeight}`)
  return weight
}

/** Lists domains. */
export const domainListCommand: Command = {
  name: 'domain list',
  synopsis: '',
  summary: 'list domains, whether they run, and until when the sovereign’s word holds',
  details: [],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withGoverning(context, async (kernel) => {
      const domains = listOf(await kernel.query('domains'))
      const shares = domains.length < 2 ? null : await shareWords(context.paths)
      const rows = domains.map((one) => [
        visible(textOf(one, 'name')),
        visible(textOf(one, 'status')),
        String(numberOf(one, 'weight')),
        `until ${showInstant(numberOf(one, 'validUntil'))}`,
        one['acknowledged'] === one['statement'] ? 'heard' : 'not heard yet',
      ])
      if (shares !== null) context.out.note(`Here ${shares}.`)
      context.out.result(
        domains,
        rows.length === 0
          ? ['This home has one domain, main, and no sovereign beside it.']
          : table([['NAME', 'STATE', 'WEIGHT', 'STATEMENT HOLDS', ''], ...rows]),
      )
    }),
}

function changeCommand(
  verb: 'freeze' | 'unfreeze' | 'remove',
  about: Pick<Command, 'summary' | 'details'>,
  done: string,
): Command {
  const reasonFlag = { name: 'reason', value: 'TEXT', about: 'why, for the record' }
  return {
    name: `domain ${verb}`,
    synopsis: verb === 'freeze' ? 'NAME [--reason TEXT]' : 'NAME',
    ...about,
    flags: [...(verb === 'freeze' ? [reasonFlag] : []), ...signingFlags],
    isHomeWide: true,
    positionals: { fewest: 1, most: 1 },
    run: (context) =>
      withGoverning(context, async (kernel, there) => {
        const name = named(context)
        const made = await signAndSend(there, kernel, actionOf(verb, name, valueOf(context.args, 'reason')))
        context.out.result({ ...made, domain: name }, [
          `Domain ${name} is ${done}, recorded in #${numberOf(made, 'seq')}.`,
        ])
      }),
  }
}

function actionOf(verb: 'freeze' | 'unfreeze' | 'remove', name: string, reason: string | null): OrderAction {
  return verb === 'freeze'
    ? { do: 'domain.freeze', name, reason: reason ?? '' }
    : { do: `domain.${verb}`, name }
}

/** Freezes a domain. */
export const domainFreezeCommand: Command = changeCommand(
  'freeze',
  {
    summary: 'let a domain keep everything and run nothing (signed)',
    details: ['Its drivers stop, and its kernel admits nothing. custos domain unfreeze NAME ends it.'],
  },
  'frozen',
)

/** Unfreezes a domain. */
export const domainUnfreezeCommand: Command = changeCommand(
  'unfreeze',
  { summary: 'let a frozen domain run again (signed)', details: [] },
  'running again',
)

/** Removes a domain. */
export const domainRemoveCommand: Command = changeCommand(
  'remove',
  {
    summary: 'end a domain for good; its ledger stays (signed)',
    details: ['Its kernel is not started again, and its name is not given again.'],
  },
  'removed for good',
)
