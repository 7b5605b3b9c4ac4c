/**
 * One run from its process in the kernel to its end: made with what its agent holds, given its way to the network,
 * held by the supervisor before anything in it begins, watched while it lasts. Whatever fails before it begins ends
 * the process again; whatever ends it ends all of it.
 */
import type { Boundary, Confined, Confiner, End, Limits } from '../../sandbox/boundary.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import type { EgressLink } from './egress-link.ts'
import type { ParentLink } from './parent-link.ts'
import { deriveHeld } from './run-authority.ts'
import type { DerivedAuthority } from './run-authority.ts'
import type { HoldRequest, SupervisorHold } from './supervisor-hold.ts'

/** A run to be carried out. */
export interface RunPlan {
  /** The run's id, and the name of its process. */
  readonly run: string
  readonly agent: string
  readonly command: string
  readonly args: readonly string[]
  /** SHA-256 in hex of the run's token. */
  readonly tokenDigest: string
  /** What holds it, for the record. */
  readonly description: string
  readonly limits: Limits
  /** The boundary, once the way to the network stands. */
  readonly boundary: (egress: EgressLink | null) => Boundary
}

/** What a run stands on. */
export interface RunPorts {
  readonly parent: ParentLink
  readonly confiner: Confiner
  /** Signs what the person granted this run alone. */
  readonly grant: (child: number) => Promise<void>
  /** Opens the way to the network; null when there is none. */
  readonly egress: (() => Promise<EgressLink>) | null
  readonly hold: (request: HoldRequest) => Promise<SupervisorHold>
  /** Called when everything stands and the program is about to begin, with its process and a way to end it, for a reason. */
  readonly begun: (child: number, kill: (why: string) => void) => void
  readonly note: (line: string) => void
}

/** How a run went. */
export interface RunOutcome {
  /** The run's process. It lives; the caller ends it when nothing of the run is left to decide. */
  readonly child: number
  readonly end: End
  /** Why the supervisor or a person ended it, or empty. */
  readonly stopped: string
  readonly derived: DerivedAuthority
}

/** Carries out the plan. A failure before the program began is a CommandFailure, and nothing is left of it. */
export async function carryOut(plan: RunPlan, ports: RunPorts): Promise<RunOutcome> {
  const { parent } = ports
  const { run, tokenDigest, description } = plan
  // Both are asked together; a failure of the second one is met below.
  const asked = parent.held()
  asked.catch(() => {})
  const child = await parent.spawn({ name: run, tokenDigest, boundary: description })
  let egress: EgressLink | null = null
  try {
    const derived = await deriveHeld(parent, await asked, child)
    for (const line of derived.remarks) ports.note(line)
    await ports.grant(child)
    egress = ports.egress === null ? null : await ports.egress()
    return { child, derived, ...(await runToEnd(plan, ports, child, egress)) }
  } catch (problem) {
    await parent.end(child, 'the run could not begin').catch(() => {})
    throw problem
  } finally {
    egress?.close()
  }
}

async function runToEnd(
  plan: RunPlan,
  ports: RunPorts,
  child: number,
  egress: EgressLink | null,
): Promise<{ readonly end: End; readonly stopped: string }> {
  const { confiner } = ports
  const hold = Promise.withResolvers<SupervisorHold>()
  let confined: Confined | null = null
  let stopped = ''
  const kill = (why: string): void => {
    if (stopped === '') stopped = why
    confined?.kill()
  }
  const started = await confiner.start(plan.boundary(egress), {
    command: plan.command,
    args: plan.args,
    stdio: 'inherit',
    beforeStart: async (pids) => {
      const { agent, run } = plan
      const { rung } = confiner
      const held = await ports.hold({ agent, process: child, name: run, rung, limits: plan.limits, pids })
      hold.resolve(held)
      void held.over.then((why) => kill(why))
      ports.begun(child, kill)
    },
  })
  if (!started.ok) throw notBegun(started.error)
  confined = started.value
  // It may have been stopped while it was still being started.
  if (stopped !== '') confined.kill()
  const held = await hold.promise
  const end = await confined.ended
  const why = stopped
  stopped = stopped === '' ? 'over' : stopped
  held.close()
  return { end, stopped: why }
}

function notBegun(reason: string): CommandFailure {
  return new CommandFailure(
    exitCodes.unreachable,
    `the program was not started: ${reason}`,
    'see: custos doctor',
  )
}
