/**
 * `custos caps`: the derivation tree, every capability under the one it was derived from.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { showCaveats } from '../caveats-rendering.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { findAgent, listAgents, listDrivers } from '../lookup.ts'
import { withKernel } from './with-kernel.ts'

/** Shows the derivation tree. */
export const capsCommand: Command = {
  name: 'caps',
  synopsis: '[AGENT]',
  summary: 'show the derivation tree: who holds what, under which terms, with how many uses left',
  details: ['With AGENT only the trees in which that agent holds something.'],
  flags: [],
  positionals: { fewest: 0, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const word = context.args.positionals[0]
      const process = word === undefined ? null : (await findAgent(kernel, word)).process
      const all = listOf(await kernel.query('capabilities'))
      const names = new Map<number, string>()
      for (const { process: id, agent, name } of await listAgents(kernel))
        names.set(id, name).set(agent, name)
      for (const { driver, name } of await listDrivers(kernel)) names.set(driver, name)
      const shown = process === null ? all : treesWith(all, process)
      const lines = showTree(shown, 0, 0, names)
      context.out.result(
        shown,
        lines.length === 0 ? ['Nothing is granted yet: custos grant AGENT DRIVER SELECTOR'] : lines,
      )
    }),
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
  const name = (id: number): string => visible(names.get(id) ?? `${id}`)
  const handle = numberOf(entry, 'handle')
  const held = handle === 0 ? 'approval' : `handle ${handle}`
  return `c${numberOf(entry, 'capability')}  ${name(numberOf(entry, 'holder'))} → ${name(numberOf(entry, 'object'))}  (${held}, ${liveness(entry)})`
}

function liveness(entry: JsonObject): string {
  if (entry['live'] !== true) return `dead: ${visible(textOf(entry, 'why'))}`
  const left = entry['usesLeft']
  return typeof left === 'number' ? `alive, ${left} uses left` : 'alive'
}

function termsOf(entry: JsonObject): readonly string[] {
  const { caveats } = entry
  return isJsonObject(caveats) ? showCaveats(caveats) : []
}
