/**
 * `custos drill`: tries out on the running system that halting works, and records the result, so that it can be done
 * every week. It halts an agent that it makes for this and removes again, while everybody else works on; and only when it
 * is told to, the domain of that agent or everything.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { AgentId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { newToken } from '../agent-token.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import type { DrillTree } from '../drill-run.ts'
import { attach, growTree, refusalOf, untilGone } from '../drill-run.ts'
import type { DrillKind } from '../drill-scope.ts'
import {
  agreeToDrill,
  countProblems,
  drillKind,
  drillScope,
  resumeDrill,
  surroundingsOf,
} from '../drill-scope.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import type { ChosenScope } from '../halt-scope.ts'
import { scopeRequest } from '../halt-scope.ts'
import { listOf, numberOf } from '../kernel-client.ts'
import { signAndSend } from '../signing.ts'
import { askSupervisor } from '../supervisor-client.ts'
import { userName } from '../user-name.ts'
import { withKernel } from './with-kernel.ts'

/** Longer than this and something is wrong, however busy the machine is. */
const slowMs = 2_000

/** Tries out halting. */
export const drillCommand: Command = {
  name: 'drill',
  synopsis: '[--scope agent|process|domain|everything] [--yes]',
  summary: 'try out halting on the running system, and record the result (signed)',
  details: [
    'Makes an agent with fifty harmless processes, halts it for real, checks from outside that all of it is gone and',
    'refused, resumes it, removes it, and records what was found. Nothing else is touched: run it every week.',
    'With --scope domain or everything all that runs there is killed too, after a yes, and resumed afterwards.',
    'Exit code 4 when halting did not work as it should.',
  ],
  flags: [
    {
      name: 'scope',
      value: 'SCOPE',
      about: 'what is halted: agent (the default), its process, domain or everything',
    },
    { name: 'yes', about: 'do not ask before a domain or everything is halted' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const kind = drillKind(valueOf(context.args, 'scope'))
    if (kind === 'domain') await agreeToDrill(context, { domain: context.paths.domainName })
    if (kind === 'everything') await agreeToDrill(context, { domain: null })
    const result = await drill(context, kind)
    context.out.result(result, showResult(result))
    return result.problems.length === 0 ? exitCodes.done : exitCodes.damaged
  },
}

/** What was found. */
interface DrillResult {
  readonly scope: ChosenScope
  /** Processes there were, and what the supervisor says of it; null where it says nothing. */
  readonly processes: number
  /** Units that were killed. */
  readonly trees: number
  readonly killMicros: number | null
  readonly deadMicros: number | null
  /** From the press, as whoever pressed sees it. */
  readonly goneMs: number | null
  readonly problems: readonly string[]
}

/** A throw-away agent. */
interface Dummy {
  readonly name: string
  readonly agent: AgentId
  readonly process: number
  readonly token: string
}

async function drill(context: Context, kind: DrillKind): Promise<DrillResult> {
  const dummy = await makeDummy(context)
  const scope = drillScope(kind, context.paths.domainName, dummy)
  try {
    const tree = await growTree(context, dummy.name)
    const found = await haltAndLook(context, { dummy, scope, tree })
    await record(context, found)
    return found
  } finally {
    // With the agent everything of it goes, its halt too. The kernel may be another one by now.
    await withKernel(context, async (kernel) => {
      await signAndSend(context, kernel, { do: 'agent.remove', agent: dummy.agent }, [`(${dummy.name})`])
    })
  }
}

async function makeDummy(context: Context): Promise<Dummy> {
  const token = newToken()
  const name = `drill-${Date.now().toString(36)}`
  let made: JsonObject = {}
  await withKernel(context, async (kernel) => {
    made = await signAndSend(context, kernel, { do: 'agent.add', name, tokenDigest: sha256Hex(token) })
  })
  return { name, token, agent: id(numberOf(made, 'agent')), process: numberOf(made, 'process') }
}

async function haltAndLook(
  context: Context,
  { dummy, scope, tree }: { readonly dummy: Dummy; readonly scope: ChosenScope; readonly tree: DrillTree },
): Promise<DrillResult> {
  const problems: string[] = []
  const check = (isSo: boolean, problem: string): void => void (isSo ? 0 : problems.push(problem))
  const wire = await attach(context, dummy.token)
  check((await refusalOf(wire)) === 'not-held', 'the agent was not heard before the halt')
  const around = await surroundingsOf(context, scope)
  const startedAt = performance.now()
  const request = { op: 'halt', ...scopeRequest(scope), by: userName(), reason: 'drill' }
  const { header } = await askSupervisor(context.paths, request)
  check(header['isDurable'] === true, 'the halt file could not be made durable')
  problems.push(...countProblems(numberOf(header, 'killed'), around))
  const goneMs = await untilGone({ found: new Map([...tree.found, ...around.processes]) }, startedAt)
  check(goneMs !== null, 'processes outlived the halt')
  check(goneMs === null || goneMs <= slowMs, `it took ${Math.round(goneMs ?? 0)} ms`)
  wire.close()
  // A kernel that had to be replaced takes a moment to serve.
  const again = await attach(context, dummy.token)
  const refused = await refusalOf(again)
  check(refused === 'halted', `the halted agent was answered ${refused}`)
  const times = await timesOf(context, scope)
  await resumeDrill(context, scope, around.kernels)
  const after = await refusalOf(again)
  check(after === 'not-held', `after the resume the agent was answered ${after}`)
  again.close()
  return { scope, processes: tree.found.size, trees: numberOf(header, 'killed'), ...times, goneMs, problems }
}

/** What the supervisor measured; it may see the end a little later than we do. */
async function timesOf(
  { paths }: Context,
  scope: ChosenScope,
): Promise<Pick<DrillResult, 'killMicros' | 'deadMicros'>> {
  const isIt = (halt: JsonObject): boolean =>
    (scope.domain !== null || halt['kind'] === 'everything') &&
    Object.entries(scopeRequest(scope)).every(([name, value]) => halt[name] === value)
  for (let attempt = 0; ; attempt++) {
    const halt = listOf((await askSupervisor(paths, { op: 'halts' })).body).find(isIt)
    const [kill, dead] = [halt?.['killMicros'], halt?.['deadMicros']]
    if (typeof dead === 'number' || attempt === 100)
      return {
        killMicros: typeof kill === 'number' ? kill : null,
        deadMicros: typeof dead === 'number' ? dead : null,
      }
    await new Promise((resolve) => void setTimeout(resolve, 20))
  }
}

async function record({ paths }: Context, { scope, problems, trees }: DrillResult): Promise<void> {
  const said = { by: userName(), problems: [...problems], trees }
  await askSupervisor(paths, { op: 'drill', ...scopeRequest(scope), ...said })
}

function showResult({ processes, killMicros, deadMicros, goneMs, problems }: DrillResult): readonly string[] {
  const ms = (micros: number | null): string =>
    micros === null ? 'unknown' : `${(micros / 1000).toFixed(1)} ms`
  return [
    problems.length === 0 ? 'Halting works.' : 'HALTING DOES NOT WORK AS IT SHOULD:',
    ...problems.map((problem) => `  ${visible(problem)}`),
    `  processes            ${processes}`,
    `  last kill sent after ${ms(killMicros)}`,
    `  all seen gone after  ${ms(deadMicros)}`,
    `  gone, as seen here   ${goneMs === null ? 'never' : `${goneMs.toFixed(1)} ms after the press`}`,
  ]
}
