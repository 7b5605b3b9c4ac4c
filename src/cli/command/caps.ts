/**
 * `custos caps`: the derivation tree, every capability under the one it was derived from.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { showCaveats } from '../caveats-rendering.ts'
import type { Command } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { visible } from '../escape.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { findAgent, listAgents, listDrivers } from '../lookup.ts'
import { observeBadge } from '../suggestion/observing.ts'
import { withKernel } from './with-kernel.ts'

/** Shows the derivation tree. */
export const capsCommand: Command = {
  name: 'caps',
  synopsis: '[AGENT|DRIVER]',
  summary: 'show the derivation tree: who holds what, under which terms, with how many uses left',
  details: ['With a name only the trees in which that agent, or that driver, holds something.'],
  flags: [],
  asOf: true,
  positionals: { fewest: 0, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const word = context.args.positionals[0]
      const process = word === undefined ? null : await holderNamed(kernel, word)
      const all = listOf(await kernel.query('capabilities'))
      const names = new Map<number, string>()
      for (const { process: id, agent, name } of await listAgents(kernel))
        names.set(id, name).set(agent, name)
      for (const { driver, name } of await listDrivers(kernel)) names.set(driver, name)
      const shown = process === null ? all : treesWith(all, process)
      const lines = showTree(shown, 0, 0, names)
      context.out.result(
        shown,
        lines.length === 0
          ? [adviceIn(context.paths.domainName, 'Nothing is granted yet: custos grant AGENT DRIVER SELECTOR')]
          : lines,
      )
    }),
}

/** The process that `word` names: an agent's, or a driver's own, which has the driver's id. */
async function holderNamed(kernel: KernelClient, word: string): Promise<number> {
  const drivers = await listDrivers(kernel)
  const agents = await listAgents(kernel)
  const driver = agents.some(({ name }) => name === word)
    ? undefined
    : drivers.find(({ name }) => name === word)
  return driver === undefined ? (await findAgent(kernel, word)).process : driver.driver
}

/** The capabilities of every tree in which `process` holds something. */
function treesWith(all: readonly JsonObject[], process: number): readonly JsonObject[] {
  const roots = new Set(
    all.filter((entry) => numberOf(entry, 'holder') === process).map((entry) => entry['root']),
  )
  return all.filter((entry) => roots.has(entry['root'] ?? null))
}

/** The subtree under `parent` as indented lines, safe to print. */
export function showTree(
  all: readonly JsonObject[],
  parent: number,
  depth: number,
  names: ReadonlyMap<number, string>,
): readonly string[] {
  const indent = '  '.repeat(depth)
  return all
    .filter((entry) => numberOf(entry, 'parent') === parent)
    .flatMap((entry) => [
      `${indent}${showNode(entry, names)}`,
      ...termsOf(entry).map((line) => `${indent}     ${line}`),
      ...showTree(all, numberOf(entry, 'capability'), depth + 1, names),
    ])
}

function showNode(entry: JsonObject, names: ReadonlyMap<number, string>): string {
  const name = (id = 0): string => visible(names.get(id) ?? `${id}`)
  const [handle, holder, object] = ['handle', 'holder', 'object'].map((part) => numberOf(entry, part))
  const held = handle === 0 ? 'approval' : `handle ${handle}`
  // Only a driver holds something on itself: what it may ask of its clients.
  const who = holder === object ? `driver ${name(holder)} → its clients` : `${name(holder)} → ${name(object)}`
  const mode = observes(entry) ? ', observes' : ''
  return `c${numberOf(entry, 'capability')}  ${who}  (${held}, ${liveness(entry)}${mode})`
}

function liveness(entry: JsonObject): string {
  if (entry['live'] !== true) return `dead: ${visible(textOf(entry, 'why'))}`
  const left = entry['usesLeft']
  return typeof left === 'number' ? `alive, ${left} uses left` : 'alive'
}

function observes({ caveats, live }: JsonObject): boolean {
  return live === true && isJsonObject(caveats) && caveats['badge'] === observeBadge
}

function termsOf(entry: JsonObject): readonly string[] {
  const { caveats } = entry
  return isJsonObject(caveats) ? showCaveats(caveats) : []
}
