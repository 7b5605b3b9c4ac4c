/**
 * `custos narrow`: adds terms to a capability that is in use. Whoever holds it, or something derived from it, can
 * do less at once, under the same handles; calls under way that no longer fit are cut.
 */
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { selectorName } from '../constraint-syntax.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { narrowingTerms } from '../grant-terms.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { termFlags } from './grant.ts'
import { withKernel } from './with-kernel.ts'

/** Narrows a capability in place. */
export const narrowCommand: Command = {
  name: 'narrow',
  synopsis: "CAP [SELECTOR…] [--where 'NAME CONSTRAINT']… [--uses N] [--expires 1h] …",
  summary: 'make a capability allow less, in place, with all that was derived from it (signed)',
  details: [
    'CAP is a capability id as custos caps shows it, for example c12. Only what is named changes.',
    'Selectors: only these are left. --where: asked beside what is asked already.',
    '--uses and --budget count from now on. Nothing here can widen anything.',
  ],
  flags: [...termFlags, ...signingFlags],
  positionals: { fewest: 1, most: null },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const [word = '', ...words] = context.args.positionals
      const capability = parseId(word, 'a capability id')
      const offered = await offeredBy(kernel, capability)
      const terms = narrowingTerms(context.args, words.map(selectorName), offered, Date.now())
      if (!terms.ok) throw usageFailure(visible(terms.error), 'see: custos narrow --help')
      if (Object.keys(terms.value).length === 0)
        throw usageFailure('nothing is to be narrowed', 'name selectors or terms: custos narrow --help')
      const subject = { capability: id<CapabilityId>(capability), caveats: terms.value }
      const made = await signAndSend(context, kernel, { do: 'capability.narrow', ...subject })
      const cut = made['cut'] === undefined ? 0 : numberOf(made, 'cut')
      context.out.result(made, [
        `Narrowed c${capability} and everything under it, recorded in #${numberOf(made, 'seq')}.`,
        ...(cut === 0 ? [] : [`  ${cut} calls under way no longer fitted and were cut.`]),
      ])
    }),
}

/** The selectors that a capability allows now: those of the nearest level that lists any. */
async function offeredBy(kernel: KernelClient, capability: number): Promise<readonly string[]> {
  const all = new Map(
    listOf(await kernel.query('capabilities')).map((entry) => [numberOf(entry, 'capability'), entry]),
  )
  if (!all.has(capability)) throw usageFailure(`there is no capability c${capability}`, 'see: custos caps')
  for (let at = capability; at !== 0;) {
    const entry: JsonObject | undefined = all.get(at)
    if (entry === undefined) break
    const caveats = entry['caveats'] ?? null
    const listed = isJsonObject(caveats) ? caveats['selectors'] : undefined
    if (Array.isArray(listed)) return listed.filter((item) => typeof item === 'string')
    at = numberOf(entry, 'parent')
  }
  return []
}
