/**
 * `custos enforce`: puts a reviewed suggestion in force. Each grant is shown in words and signed, and only
 * when all of them stand are the agent's observe grants revoked: at no moment can it do less than it should,
 * and when something fails on the way it is said exactly what is in force.
 */
import { readFileSync, statSync } from 'node:fs'
import type { CapabilityId, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { CommandFailure, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { AgentEntry, DriverEntry } from '../lookup.ts'
import { findAgent, findDriver } from '../lookup.ts'
import { showAction } from '../order.ts'
import type { PlannedOrder } from '../signing.ts'
import { signEach } from '../signing.ts'
import { liveGrants, saysTheSame } from '../suggestion/observing.ts'
import type { LiveGrant } from '../suggestion/observing.ts'
import type { ReviewedGrant } from '../suggestion/suggestion-file.ts'
import { parseSuggestion, suggestionBytes } from '../suggestion/suggestion-file.ts'
import { withKernel } from './with-kernel.ts'

/** Puts a suggestion in force. */
export const enforceCommand: Command = {
  name: 'enforce',
  synopsis: 'AGENT FILE [--dry-run]',
  summary: 'put a suggestion in force and end observing (signed)',
  details: [
    'Signs each grant of the file, then revokes what custos observe gave. The passphrase is asked for once.',
    'Doing it again changes nothing: grants that stand already are skipped.',
  ],
  flags: [{ name: 'dry-run', about: 'only show what would be signed' }, ...signingFlags],
  positionals: { fewest: 2, most: 2 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const [word = '', file = ''] = context.args.positionals
      const agent = await findAgent(kernel, word)
      const plan = await planFor(kernel, agent, readSuggestion(file, agent.name))
      if (context.args.switches.has('dry-run')) return showPlan(context, agent, plan)
      await carryOut(context, kernel, agent, plan)
    }),
}

/** One step: an order, and what is true once it is recorded. */
interface Step extends PlannedOrder {
  readonly done: (made: JsonObject) => string
  readonly undone: string
}

/** What is to be signed, and what stands already. */
interface Plan {
  readonly steps: readonly Step[]
  readonly standing: readonly string[]
  /** Other live grants of the agent, which stay. */
  readonly others: readonly LiveGrant[]
}

function readSuggestion(file: string, agent: string): readonly ReviewedGrant[] {
  let bytes: Uint8Array
  try {
    if (statSync(file).size > suggestionBytes) throw new Error(`it is longer than ${suggestionBytes} bytes`)
    bytes = readFileSync(file)
  } catch (problem) {
    throw usageFailure(
      `cannot read ${visible(file)}: ${visible(problem instanceof Error ? problem.message : String(problem))}`,
    )
  }
  const parsed = parseSuggestion(bytes)
  if (!parsed.ok) throw usageFailure(`${visible(file)}: ${visible(parsed.error)}`)
  if (parsed.value.agent === agent) return parsed.value.grants
  throw usageFailure(`${visible(file)} is a suggestion for agent "${visible(parsed.value.agent)}"`)
}

async function planFor(
  kernel: KernelClient,
  agent: AgentEntry,
  grants: readonly ReviewedGrant[],
): Promise<Plan> {
  const live = await liveGrants(kernel, agent.process)
  const observing = live.filter(({ observes }) => observes)
  const others = new Set(live.filter(({ observes }) => !observes))
  const steps: Step[] = []
  const standing: string[] = []
  for (const { driver: name, caveats } of grants) {
    const driver = await findDriver(kernel, name)
    const same = [...others].find((grant) => saysTheSame(grant, driver.driver, caveats))
    if (same === undefined) steps.push(granting(agent, driver, caveats))
    else {
      others.delete(same)
      standing.push(`c${same.capability} on ${visible(name)} stands already`)
    }
  }
  steps.push(...observing.map(({ capability }) => revocation(capability)))
  return { steps, standing, others: [...others] }
}

function granting(agent: AgentEntry, driver: DriverEntry, caveats: Caveats): Step {
  const { selectors = [] } = caveats
  const [process, object, name] = [agent.process, driver.driver, visible(driver.name)]
  const gone = selectors.find((selector) => !driver.selectors.includes(selector))
  if (gone !== undefined)
    throw usageFailure(`driver ${name} has no ${visible(gone)}`, 'strike that line out, or suggest anew')
  return {
    action: { do: 'capability.grant', holder: id<ProcessId>(process), object: id<ObjectId>(object), caveats },
    remarks: [`(process ${process} is agent ${visible(agent.name)}; object ${object} is driver ${name})`],
    done: (made) => `c${numberOf(made, 'capability')} on ${name}, recorded in #${numberOf(made, 'seq')}`,
    undone: `the grant on ${name} for ${selectors.map(visible).join(', ')}`,
  }
}

function revocation(capability: number): Step {
  return {
    action: { do: 'capability.revoke', capability: id<CapabilityId>(capability) },
    remarks: ['(which custos observe gave)'],
    done: (made) => `c${capability}, which let it observe, is revoked, recorded in #${numberOf(made, 'seq')}`,
    undone: `the revocation of c${capability}, which lets it observe`,
  }
}

function showPlan({ out }: Context, agent: AgentEntry, { steps, standing, others }: Plan): void {
  const orders = steps.flatMap(({ action, remarks }) => [...showAction(action), ...remarks])
  out.result({ agent: agent.name, orders: steps.map(({ action }) => action), standing }, [
    steps.length === 0 ? 'Nothing would be signed.' : 'Would be signed:',
    ...orders.map((line) => `  ${line}`),
    ...standing,
    ...showOthers(others),
  ])
}

async function carryOut(
  context: Context,
  kernel: KernelClient,
  agent: AgentEntry,
  { steps, standing, others }: Plan,
): Promise<void> {
  const done: string[] = []
  try {
    const hear = (made: JsonObject, index: number): void => void done.push(steps[index]?.done(made) ?? '')
    if (steps.length > 0) await signEach(context, kernel, steps, hear)
  } catch (problem) {
    throw problem instanceof CommandFailure ? tellHowFar(problem, steps, done, standing) : problem
  }
  const name = visible(agent.name)
  context.out.result({ agent: agent.name, done, standing }, [
    steps.length === 0 ? `Nothing to do for agent ${name}.` : `In force for agent ${name}:`,
    ...[...standing, ...done].map((line) => `  ${line}`),
    ...showOthers(others),
  ])
}

function tellHowFar(
  failure: CommandFailure,
  steps: readonly Step[],
  done: readonly string[],
  standing: readonly string[],
): CommandFailure {
  const lines = [
    failure.message,
    ...[...standing, ...done].map((line) => `  in force: ${line}`),
    ...steps.slice(done.length).map(({ undone }) => `  not done: ${undone}`),
  ]
  const advice = `${failure.advice === '' ? '' : `${failure.advice}; `}the same command again goes on from there`
  return new CommandFailure(failure.exitCode, lines.join('\n'), advice, failure)
}

function showOthers(others: readonly LiveGrant[]): readonly string[] {
  if (others.length === 0) return []
  return [
    `It also holds, as before: ${others.map(({ capability }) => `c${capability}`).join(', ')} (custos caps)`,
  ]
}
