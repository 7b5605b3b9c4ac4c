/**
 * What a drill halts besides its own throw-away agent. A drill of a domain or of everything stops what others run there,
 * so it says what that is and asks first; afterwards it resumes each kernel that it found, the sovereign's before all.
 */
import type { JsonObject } from '../base/json.ts'
import { readProcess } from '../supervisor/process-table.ts'
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import { reconnectKernel } from './boot.ts'
import type { Context } from './command.ts'
import { listUnits } from './command/ps.ts'
import { resumeScope } from './command/resume.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import type { ChosenScope } from './halt-scope.ts'
import { scopeWords } from './halt-scope.ts'
import { inDomain } from './home.ts'
import { numberOf, textOf } from './kernel-client.ts'
import { canAsk, confirm } from './prompt.ts'

/** What a drill can be of. */
export const drillKinds = ['agent', 'process', 'domain', 'everything'] as const
/** One of them. */
export type DrillKind = (typeof drillKinds)[number]

/** The kind that was typed; an agent where nothing was. */
export function drillKind(typed: string | null): DrillKind {
  const kind = drillKinds.find((one) => one === (typed ?? 'agent'))
  if (kind === undefined) throw usageFailure('--scope is agent, process, domain or everything')
  return kind
}

/** The scope of one kind, around a throw-away agent in a domain. */
export function drillScope(
  kind: DrillKind,
  domain: string,
  { agent, process }: { readonly agent: number; readonly process: number },
): ChosenScope {
  switch (kind) {
    case 'agent':
      return { domain, agent }
    case 'process':
      return { domain, process }
    case 'domain':
      return { domain }
    case 'everything':
      return { domain: null }
  }
}

/** Whether it stops more than what the drill made. */
export function isWide({ agent, process }: ChosenScope): boolean {
  return agent === undefined && process === undefined
}

/** What a halt finds beside what the drill made. */
export interface Surroundings {
  /** Units that it has to kill beside the drill's own, or null where there are none but that one. */
  readonly fewest: number | null
  /** First processes of these units, with the instants at which they began. */
  readonly processes: ReadonlyMap<number, string>
  /** Domains whose kernels it stops, in the order in which they are resumed. */
  readonly kernels: readonly string[]
}

/** Everything that runs in a scope and that the drill did not make. */
export async function surroundingsOf(context: Context, scope: ChosenScope): Promise<Surroundings> {
  if (!isWide(scope)) return { fewest: null, processes: new Map(), kernels: [] }
  const units = (await listUnits(context)).filter((unit) => isWithin(scope, unit) && unit['pid'] !== null)
  const rows = units.flatMap((unit) => readProcess(numberOf(unit, 'pid')) ?? [])
  const kernels = units.filter((unit) => textOf(unit, 'kind') === 'kernel')
  const rank = (name: string): number => (name === sovereignDomain ? 0 : name === mainDomain ? 1 : 2)
  return {
    fewest: rows.length,
    processes: new Map(rows.map(({ pid, startedAt }) => [pid, startedAt])),
    kernels: kernels
      .map((unit) => textOf(unit, 'domain'))
      .toSorted((left, right) => rank(left) - rank(right)),
  }
}

/** What is wrong with how many units were killed. */
export function countProblems(killed: number, { fewest }: Surroundings): readonly string[] {
  if (fewest === null) return killed === 1 ? [] : [`${killed} programs were killed instead of one`]
  return killed >= fewest ? [] : [`${killed} units were killed instead of ${fewest}`]
}

/** The gateway, which is of no domain, is halted with `main`. */
function isWithin({ domain }: ChosenScope, unit: JsonObject): boolean {
  return domain === null || (textOf(unit, 'domain') || mainDomain) === domain
}

/** Says what a wide drill will stop, and goes on only with a yes: at the terminal, or with `--yes`. */
export async function agreeToDrill(context: Context, scope: ChosenScope): Promise<void> {
  const units = (await listUnits(context)).filter((unit) => isWithin(scope, unit) && unit['pid'] !== null)
  const count = (kind: string): number => units.filter((unit) => textOf(unit, 'kind') === kind).length
  context.out.note(
    `This halts ${scopeWords(scope)} for real. Running there: kernels ${count('kernel')}, drivers ${count('driver')}, programs ${count('program')}, runs ${count('run')}.`,
  )
  context.out.note('Calls in flight will be in doubt, and programs and runs do not come back by themselves.')
  if (context.args.switches.has('yes')) return
  if (!canAsk()) throw usageFailure('such a drill needs a yes', 'use --yes')
  if (!(await confirm('Halt it?'))) throw usageFailure('nothing was halted')
}

/** Resumes what a drill halted; of a wide one each kernel, as soon as it serves again. */
export async function resumeDrill(
  context: Context,
  scope: ChosenScope,
  kernels: readonly string[],
): Promise<void> {
  if (!isWide(scope)) return void (await resumeScope(context, scope))
  for (const domain of kernels) {
    ;(await reconnectKernel(inDomain(context.paths, domain))).close()
    context.out.note(`Resuming ${visible(domain)}.`)
    await resumeScope(context, { domain })
  }
}
