/**
 * `custos domain share|shares|unshare`: the only way from one domain into another. Both sides are signed, each in
 * its own domain: what is given, to the agent that stands for the other domain; and what is taken, as a driver
 * there. Without both nothing crosses, and both ledgers tell of all that does.
 */
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { termFlags } from './grant.ts'
import { inDomain } from '../home.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel } from '../kernel-client.ts'
import { listDrivers } from '../lookup.ts'
import { table } from '../output.ts'
import { endGiving, endTaking, giveShare, takeShare } from '../share-orders.ts'
import type { SharedOperation } from '../share-plan.ts'
import { activeDomains, bothRun, givenBy, givingDomain, namedShare } from '../share-plan.ts'
import { selectorAbroad } from '../../driver/domain/shared-selector.ts'

/** Runs `body` with the context and the kernel of one domain. */
async function within<T>(
  context: Context,
  domain: string,
  body: (there: Context, kernel: KernelClient) => Promise<T>,
): Promise<T> {
  const there = { ...context, paths: inDomain(context.paths, domain) }
  const kernel = await connectKernel(there.paths)
  try {
    return await body(there, kernel)
  } finally {
    kernel.close()
  }
}

/** The passphrase is asked for once, however many orders are signed. */
function asked(context: Context): Context {
  return { ...context, passphrases: { ...context.passphrases, proven: new Map() } }
}

/** Shares selectors of a driver with another domain. */
export const domainShareCommand: Command = {
  name: 'domain share',
  synopsis: "DOMAIN DRIVER SELECTOR… --with OTHER [--where 'NAME CONSTRAINT']… [--open] [--uses N] …",
  summary: 'let another domain use tools of a driver, on terms (signed in both domains)',
  details: [
    'In DOMAIN the agent domain-OTHER is granted the selectors; in OTHER they become those of the driver',
    'domain-DOMAIN, which you then grant to agents there. Every call passes both gates and is in both ledgers.',
    'The first share between two domains adds that agent: three orders are signed, otherwise two.',
    'Who may sign in one of them only uses --give in DOMAIN, and then somebody else --take in OTHER.',
  ],
  flags: [
    { name: 'with', value: 'OTHER', about: 'the domain that takes' },
    { name: 'give', about: 'sign in the giving domain only' },
    { name: 'take', about: 'sign in the taking domain only, what was given before' },
    ...termFlags,
    ...signingFlags,
  ],
  isHomeWide: true,
  positionals: { fewest: 3, most: null },
  async run(context) {
    const share = namedShare(context)
    const { switches } = context.args
    if (switches.has('give') && switches.has('take'))
      throw usageFailure('--give and --take are each for one side', 'leave both out to sign both')
    await bothRun(context, share)
    const once = asked(context)
    const given = switches.has('take')
      ? null
      : await within(once, share.from, (there, kernel) => giveShare(there, kernel, share))
    const taken = switches.has('give')
      ? null
      : await within(once, share.to, (there, kernel) => takeShare(there, kernel, share))
    context.out.result({ ...share, given, taken }, [
      ...(given === null ? [] : [`Given in domain ${share.from}, recorded there in #${given.seq}.`]),
      ...(taken === null
        ? []
        : [
            `Taken in domain ${share.to} as driver ${taken.driver}, recorded there in #${taken.seq}.`,
            `Grant it there: custos grant AGENT ${taken.driver} '*' --open --domain ${share.to}`,
          ]),
    ])
    return exitCodes.done
  },
}

/** Lists what crosses between domains. */
export const domainSharesCommand: Command = {
  name: 'domain shares',
  synopsis: '',
  summary: 'list everything that any domain shares with another',
  details: ['It is read from what both domains have recorded. Nothing that is not listed can cross.'],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const domains = await activeDomains(context)
    const given: SharedOperation[] = []
    const taken = new Set<string>()
    for (const domain of domains)
      await within(context, domain, async (_there, kernel) => {
        given.push(...(await givenBy(kernel, domain)))
        for (const driver of await listDrivers(kernel))
          for (const selector of driver.selectors)
            taken.add(key(givingDomain(driver) ?? '', domain, selector))
      })
    const all = given.map((one) => ({
      ...one,
      taken: one.selectors.every((name) => isTaken(taken, one, name)),
    }))
    const rows = all.map(({ from, to, driver, selectors, capability, taken: isWhole }) => [
      visible(from),
      visible(to),
      `c${capability}`,
      isWhole ? 'given and taken' : 'given only',
      visible(`${driver}: ${selectors.join(', ')}`),
    ])
    context.out.result(
      all,
      rows.length === 0
        ? ['Nothing is shared between domains.']
        : table([['FROM', 'TO', 'CAPABILITY', '', 'WHAT'], ...rows]),
    )
    return exitCodes.done
  },
}

function key(from: string, to: string, selector: string): string {
  return JSON.stringify([from, to, selector])
}

function isTaken(
  taken: ReadonlySet<string>,
  { from, to, driver }: SharedOperation,
  selector: string,
): boolean {
  return taken.has(key(from, to, selectorAbroad(driver, selector) ?? ''))
}

/** Ends all that one domain shares with another. */
export const domainUnshareCommand: Command = {
  name: 'domain unshare',
  synopsis: 'DOMAIN --with OTHER',
  summary: 'end all that a domain shares with another (signed in both domains)',
  details: [
    'In DOMAIN the agent that stands for OTHER is removed with all it held, which ends every use at once;',
    'then the driver is removed in OTHER. To end one capability: custos revoke CAP --domain DOMAIN.',
  ],
  flags: [{ name: 'with', value: 'OTHER', about: 'the domain that takes' }, ...signingFlags],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const share = namedShare(context)
    const once = asked(context)
    const given = await within(once, share.from, (there, kernel) => endGiving(there, kernel, share))
    const taken = await within(once, share.to, (there, kernel) => endTaking(there, kernel, share))
    if (given === null && taken === null)
      throw usageFailure(`domain ${share.from} shares nothing with ${share.to}`, 'see: custos domain shares')
    context.out.result({ ...share, given, taken }, [
      ...(given === null ? [] : [`Ended in domain ${share.from}, recorded there in #${given}.`]),
      ...(taken === null ? [] : [`Ended in domain ${share.to}, recorded there in #${taken}.`]),
    ])
    return exitCodes.done
  },
}
