/**
 * `custos grant`: an operator's signed grant, the root of every authority. The terms are shown in words
 * before they are signed, and what the flags do not say is not allowed.
 */
import type { ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { grantTerms, resolveSelectors } from '../grant-terms.ts'
import { numberOf } from '../kernel-client.ts'
import { findAgent, findDriver } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** Grants a capability. */
export const grantCommand: Command = {
  name: 'grant',
  synopsis: "AGENT DRIVER SELECTOR… [--where 'NAME CONSTRAINT']… [--open] [--uses N] [--expires 1h] …",
  summary: 'give an agent a capability (signed)',
  details: [
    "A bare tool name means tools/NAME; '*' means every selector pinned now.",
    'Arguments that no --where names are refused, unless --open is given.',
    "--where 'path within /data'      --where 'head? range 1..100'     --where 'mode in [\"a\",\"b\"]'",
    "--where 'name glob *.txt'        --where 'paths every within /data'  --where 'query any'",
    "--where 'tools/write_file: path within /data/out' applies to that selector alone.",
  ],
  flags: [
    {
      name: 'where',
      value: "'NAME CONSTRAINT'",
      repeat: true,
      about: 'allow an argument; NAME? makes it optional',
    },
    { name: 'open', about: 'allow arguments that no --where names' },
    { name: 'uses', value: 'N', about: 'how many uses there are altogether' },
    { name: 'expires', value: 'DURATION', about: 'when it dies: 90s, 15m, 1h, 7d' },
    { name: 'rate', value: 'N/DURATION', about: 'at most N uses in any window, for example 10/1m' },
    { name: 'ask', about: 'every use must be approved by an operator' },
    { name: 'no-derive', about: 'nothing may be derived from it' },
    { name: 'badge', value: 'TEXT', about: 'a label passed on to the driver with every call' },
    ...signingFlags,
  ],
  positionals: { fewest: 3, most: null },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const [agentWord = '', driverWord = '', ...words] = context.args.positionals
      const agent = await findAgent(kernel, agentWord)
      const driver = await findDriver(kernel, driverWord)
      const selectors = resolveSelectors(words, driver.selectors)
      if (!selectors.ok) throw usageFailure(visible(selectors.error), `see: custos driver list`)
      const terms = grantTerms(context.args, selectors.value, Date.now())
      if (!terms.ok) throw usageFailure(visible(terms.error), 'see: custos grant --help')
      if (!context.args.values.has('where') && !context.args.switches.has('open')) {
        context.out.note('Note: without --where or --open only calls without arguments are allowed.')
      }
      const action = {
        do: 'capability.grant',
        holder: id<ProcessId>(agent.process),
        object: id<ObjectId>(driver.driver),
        caveats: terms.value,
      } as const
      const made = await signAndSend(context, kernel, action, [
        `(process ${agent.process} is agent ${visible(agent.name)}; object ${driver.driver} is driver ${visible(driver.name)})`,
      ])
      context.out.result(made, [
        `Granted c${numberOf(made, 'capability')} on ${visible(driver.name)} to ${visible(agent.name)}, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}
