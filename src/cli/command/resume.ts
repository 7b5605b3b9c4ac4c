/**
 * `custos resume`: the operator's signed orders that end halts. Each kernel that stands still needs one of its own;
 * the sovereign's lifts the halt of everything.
 */
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { OrderAction } from '../../kernel/command.ts'
import type { HaltScope } from '../../kernel/halt/event-bodies.ts'
import { mainDomain, sovereignDomain } from '../../wire/socket-folder.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import type { ChosenScope } from '../halt-scope.ts'
import { chosenScope, scopeFlags, scopeWords } from '../halt-scope.ts'
import { inDomain } from '../home.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel, numberOf, textOf } from '../kernel-client.ts'
import { findAgent } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { listUnits } from './ps.ts'
import { withKernel } from './with-kernel.ts'

/** Resumes what was halted. */
export const resumeCommand: Command = {
  name: 'resume',
  synopsis: '[--domain NAME] [--agent AGENT | --process PROCESS]',
  summary: 'end a halt (signed)',
  details: [
    'Without a scope it resumes every domain that stands still, the sovereign first. Agents and processes that',
    'were halted one by one stay halted. Calls that were in flight stay in doubt: a person settles what became of them.',
  ],
  flags: [...scopeFlags, ...signingFlags],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const scope = chosenScope(context)
    if (scope.domain === null) {
      const resumed = await resumeEverything(context)
      context.out.result(
        { resumed },
        resumed.map(({ domain, seq }) => resumedLine(`domain ${domain}`, seq)),
      )
      return exitCodes.done
    }
    const made = await resumeScope(context, scope)
    context.out.result(made, [resumedLine(scopeWords(scope), numberOf(made, 'seq'))])
    return exitCodes.done
  },
}

/** A domain that was resumed, and where that is recorded. */
export interface ResumedDomain {
  readonly domain: string
  readonly seq: number
}

/** Resumes one scope in its domain. */
export async function resumeScope(context: Context, scope: ChosenScope): Promise<JsonObject> {
  const there = { ...context, paths: inDomain(context.paths, scope.domain ?? mainDomain) }
  let made: JsonObject = {}
  await withKernel(there, async (kernel) => {
    made = await signAndSend(there, kernel, await actionFor(kernel, scope))
  })
  return made
}

/** Resumes every domain that stands still. Where none does, `main` is asked, whose refusal says so. */
export async function resumeEverything(context: Context): Promise<readonly ResumedDomain[]> {
  const resumed: ResumedDomain[] = []
  const halted = await haltedDomains(context)
  for (const domain of halted.length === 0 ? [mainDomain] : halted) {
    const made = await resumeScope(context, { domain })
    resumed.push({ domain, seq: numberOf(made, 'seq') })
  }
  return resumed
}

async function actionFor(kernel: KernelClient, scope: ChosenScope): Promise<OrderAction> {
  const inner = await innerScope(kernel, scope)
  return inner === null ? { do: 'domain.resume' } : { do: 'scope.resume', scope: inner }
}

async function innerScope(kernel: KernelClient, { agent, process }: ChosenScope): Promise<HaltScope | null> {
  if (process !== undefined) return { process: id(process) }
  if (agent === undefined) return null
  return { agent: id((await findAgent(kernel, String(agent))).agent) }
}

/** The domains whose kernels stand still, the sovereign's first, because its resume lifts the halt of everything. */
async function haltedDomains(context: Context): Promise<readonly string[]> {
  const units = (await listUnits(context)).filter((unit) => textOf(unit, 'kind') === 'kernel')
  const names = units.map((unit) => textOf(unit, 'domain'))
  const ordered = names.toSorted((left, right) => rank(left) - rank(right))
  const halted: string[] = []
  for (const name of ordered) {
    const kernel = await connectKernel(inDomain(context.paths, name)).catch(() => null)
    if (kernel === null) {
      context.out.note(`the kernel of ${visible(name)} does not serve: resume it later`)
      continue
    }
    const status = await kernel.query('status').finally(() => kernel.close())
    if (isJsonObject(status) && status['halted'] !== null) halted.push(name)
  }
  return halted
}

function rank(domain: string): number {
  return domain === sovereignDomain ? 0 : domain === mainDomain ? 1 : 2
}

function resumedLine(what: string, seq: number): string {
  return `Resumed ${visible(what)}, recorded in #${seq}.`
}
