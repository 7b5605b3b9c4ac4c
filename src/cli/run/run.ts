/**
 * `custos run` from the command line to its exit status: asks for everything that needs a person first, carries the
 * run out, gives the terminal back, and says what changed.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Boundary, Confiner } from '../../sandbox/boundary.ts'
import { newToken } from '../agent-token.ts'
import type { Context } from '../command.ts'
import { openEgress } from './egress-link.ts'
import type { HeldWatch } from './held-watch.ts'
import { watchHeld } from './held-watch.ts'
import type { Preparation } from './prepare-run.ts'
import { withPreparation } from './prepare-run.ts'
import { runBoundary, withEgress } from './run-boundary.ts'
import { removeRunFolder } from './run-end.ts'
import type { RunFolder, RunRecord } from './run-record.ts'
import { makeRunFolder, writePrivate, writeRunRecord } from './run-record.ts'
import type { RunOutcome, RunPlan, RunPorts } from './run-session.ts'
import { carryOut } from './run-session.ts'
import { onSignals } from './run-signals.ts'
import { statusOf } from './run-status.ts'
import { holdRun } from './supervisor-hold.ts'
import type { KeptTerminal } from './terminal.ts'

/** Runs what the command line says and returns the exit status. */
export function runCommandIn(context: Context): Promise<number> {
  return withPreparation(context, async (prepared) =>
    prepared.request.machine === null
      ? perform(prepared)
      : (await import('./machine-run.ts')).runMachine(prepared),
  )
}

/** Makes the run's folder, carries it out, and decides what is left of it. */
async function perform(prepared: Preparation): Promise<number> {
  const { context, request, parent, confiner } = prepared
  const run = makeRunFolder(context.paths.state)
  const token = newToken()
  const isTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
  const terminal = isTerminal ? (await import('./terminal.ts')).keepTerminal() : null
  const boundary = runBoundary({
    request,
    run,
    guarded: prepared.guarded,
    env: context.env,
    token,
    agentSocket: context.paths.agentSocket,
    rung: confiner.rung,
    terminal: terminal === null ? 'none' : 'inherit',
  })
  const { command, args } = request
  const plan: RunPlan = {
    run: run.run,
    agent: parent.name,
    command,
    args,
    tokenDigest: sha256Hex(token),
    limits: request.limits,
    description: describe(confiner, withEgress(boundary, run.egress, ''), run),
    boundary: (egress) =>
      egress === null ? boundary : withEgress(boundary, egress.socket, egress.authority),
  }
  writePrivate(run.token, `${token}\n`)
  let record: RunRecord = {
    run: run.run,
    folder: request.hasView ? request.folder : '',
    store: run.store,
    agent: parent.name,
    process: 0,
    command: [command, ...args],
    startedAt: Date.now(),
    endedAt: null,
    status: null,
    rung: confiner.rung,
    holder: process.pid,
  }
  const live = new LiveRun(prepared, terminal)
  let after: ReturnType<typeof loadAfter> | null = null
  let outcome: RunOutcome
  try {
    outcome = await carryOut(plan, {
      ...portsOf(prepared, run, token),
      begun(child, kill) {
        record = { ...record, process: child, startedAt: Date.now() }
        writeRunRecord(run, record)
        live.begin(child, kill)
        // Loaded while the program runs, and there when it ends.
        after ??= loadAfter()
      },
    })
  } catch (problem) {
    await live.end()
    removeRunFolder(context.paths.state, run.run)
    throw problem
  }
  await live.end()
  const status = statusOf(outcome.end)
  record = { ...record, endedAt: Date.now(), status }
  noteEnd(context, run, record)
  const { kernel } = prepared
  const isInteractive = terminal !== null
  const { afterRun, changeDesk } = await (after ?? loadAfter())
  return afterRun({
    context,
    kernel,
    parent,
    record,
    outcome,
    status,
    desk: changeDesk(context.paths),
    isInteractive,
  })
}

/** What is needed when the program is over. */
async function loadAfter(): Promise<
  Pick<typeof import('./after-run.ts'), 'afterRun'> & Pick<typeof import('./change-desk.ts'), 'changeDesk'>
> {
  const [{ afterRun }, { changeDesk }] = await Promise.all([
    import('./after-run.ts'),
    import('./change-desk.ts'),
  ])
  return { afterRun, changeDesk }
}

/** A full disk does not change how the program ended. Its run is found abandoned then, and settled as such. */
function noteEnd({ out }: Context, run: RunFolder, record: RunRecord): void {
  try {
    writeRunRecord(run, record)
  } catch (problem) {
    if (!(problem instanceof Error && 'code' in problem)) throw problem
    out.note(`custos: the end of run ${run.run} could not be written down: ${String(problem.code)}`)
  }
}

function portsOf(
  { context, request, kernel, parent, confiner, net }: Preparation,
  run: RunFolder,
  token: string,
): Omit<RunPorts, 'begun'> {
  return {
    parent,
    confiner,
    async grant(child) {
      if (request.net.length === 0) return
      const { netOrders } = await import('./net-grants.ts')
      const orders = netOrders(request.net, child, net)
      const { signEach } = await import('../signing.ts')
      await signEach(context, kernel, orders, () => {})
    },
    egress: () => openEgress(context.paths, run.egress, token),
    hold: (request) => holdRun(context.paths, request),
    note: (line) => context.out.note(line),
  }
}

/**
 * What the kernel records of the boundary: the rung, and the digest of a text that is kept beside the record. Values
 * of variables are left out, because a digest of a short secret gives it away.
 */
function describe(confiner: Confiner, boundary: Boundary, run: RunFolder): string {
  const { environment, ...rest } = boundary
  const text = canonicalJson({ ...rest, environment: Object.keys(environment).sort() } as unknown as Json)
  writePrivate(`${run.folder}/boundary.json`, text)
  const folder = boundary.cwd.slice(0, 512).toWellFormed()
  return `${confiner.rung} ${sha256Hex(text)} in ${folder}`
}

/** What surrounds a running program on the person's side: signals, remarks on held calls, the terminal. */
class LiveRun {
  readonly #prepared: Preparation
  readonly #terminal: KeptTerminal | null
  #watch: HeldWatch | null = null
  #quiet: (() => void) | null = null

  constructor(prepared: Preparation, terminal: KeptTerminal | null) {
    this.#prepared = prepared
    this.#terminal = terminal
  }

  begin(child: number, kill: (why: string) => void): void {
    const { kernel, context } = this.#prepared
    // Without a terminal of its own the program hears nothing of an interrupt, so the first one is meant for all.
    const isShared = this.#terminal !== null
    this.#quiet = onSignals({
      kill: () => kill('interrupted twice'),
      end: (signal) => kill(`custos run was ended by ${signal}`),
      interrupt: isShared ? () => {} : () => kill('interrupted'),
    })
    const say = (line: string): void => context.out.note(line)
    this.#watch = watchHeld({ kernel, process: child, terminal: this.#terminal, say })
  }

  /** Gives the terminal back first, so that whatever is said then is said on an ordinary screen. */
  async end(): Promise<void> {
    await this.#terminal?.restore()
    await this.#watch?.stop()
    this.#quiet?.()
  }
}
