/**
 * Faulty drivers beside well-behaved agents. A real kernel; one honest driver; forty that crash, hang, flood
 * and talk nonsense from a process of their own; two agents that call the honest one as fast as they get
 * answers. Quiet times and times of faults take turns every few hundred milliseconds, so that whatever else the
 * machine does concerns both alike.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { TestHome } from '../../harness/kernel-process.ts'
import type { Actor } from '../../harness/world.ts'
import { until, verdict, World } from '../../harness/world.ts'
import type { AttackerOrder, AttackerTask, FaultCounts } from './attacker.ts'
import { faultKinds } from './faults.ts'

/** What to do. */
export interface FaultOptions {
  readonly faults: number
  readonly rounds: number
  /** Quiet times in a round, and as many times of faults. */
  readonly turns: number
  readonly turnMs: number
  readonly seed: number
  readonly onRound?: (round: FaultRound) => void
}

/** Quiet times and times of faults in turn. */
export interface FaultRound {
  /** Calls of the well-behaved agents a second. */
  readonly quietRate: number
  readonly faultyRate: number
  readonly faults: FaultCounts
}

/** What came of it. */
export interface FaultReport {
  readonly rounds: readonly FaultRound[]
  readonly faults: FaultCounts
  readonly kernelCrashes: number
  readonly violations: readonly string[]
}

const faultyDrivers = 40
const attackerProgram = fileURLToPath(new URL('attacker.ts', import.meta.url))
const definitions = [{ selector: 'tools/read', definition: { name: 'read' } }]

/** Runs a campaign in a domain of its own and leaves nothing behind. */
export async function runDriverFaults(options: FaultOptions): Promise<FaultReport> {
  const home = new TestHome()
  const world = new World(home, {})
  try {
    await world.start()
    return await attack(world, options)
  } finally {
    await world.kernel?.kill()
    home.remove()
  }
}

async function attack(world: World, options: FaultOptions): Promise<FaultReport> {
  const citizens = [await world.agent('ada'), await world.agent('bob')]
  for (const citizen of citizens) await world.grant(citizen)
  world.box.behaviour = ({ body }) =>
    Promise.resolve({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from(body) })
  const task = await arrangeFaults(world, options.seed)
  const kernel = { crashes: 0 }
  void world.kernel.exited.then(() => (kernel.crashes += 1))
  const attacker = await Attackers.start(task)
  const violations: string[] = []
  const rounds: FaultRound[] = []
  try {
    await serve(world, citizens, options.turnMs, violations)
    for (let number = 0; number < options.rounds && kernel.crashes === 0; number++) {
      const round = await runRound(options, attacker, (forMs) => serve(world, citizens, forMs, violations))
      rounds.push(round)
      options.onRound?.(round)
    }
  } finally {
    await attacker.end()
  }
  if (kernel.crashes > 0) violations.push(`the kernel stopped: ${world.kernel.stderr.slice(0, 2_000)}`)
  const faults = rounds.reduce((sum, round) => added(sum, round.faults), nothing)
  return { rounds, faults, kernelCrashes: kernel.crashes, violations: violations.slice(0, 50) }
}

async function runRound(
  options: FaultOptions,
  attacker: Attackers,
  served: (forMs: number) => Promise<number>,
): Promise<FaultRound> {
  const { turns, turnMs } = options
  const order = { faults: Math.ceil(options.faults / options.rounds / turns), withinMs: turnMs }
  let [quiet, faulty, faults] = [0, 0, nothing]
  for (let turn = 0; turn < turns; turn++) {
    quiet += await served(turnMs)
    const failing = attacker.round(order)
    faulty += await served(turnMs)
    faults = added(faults, await failing)
  }
  return { quietRate: quiet / turns, faultyRate: faulty / turns, faults }
}

const nothing: FaultCounts = { crash: 0, hang: 0, flood: 0, malformed: 0 }

function added(one: FaultCounts, other: FaultCounts): FaultCounts {
  const sum = { ...one }
  for (const kind of faultKinds) sum[kind] += other[kind]
  return sum
}

/** Has every citizen call as fast as it gets answers, and returns answers a second of all of them. */
async function serve(
  world: World,
  citizens: readonly Actor[],
  forMs: number,
  violations: string[],
): Promise<number> {
  const began = performance.now()
  let calls = 0
  const each = async (citizen: Actor): Promise<void> => {
    while (performance.now() - began < forMs) {
      const asked = { selector: 'tools/read', arguments: { n: calls }, object: world.object }
      const answer = await citizen.sdk.call(asked)
      if (!answer.ok || answer.outcome !== 'done') violations.push(`a call was answered ${verdict(answer)}`)
      calls += 1
    }
  }
  await Promise.all(citizens.map(each)).catch((error: unknown) => violations.push(String(error)))
  return (calls * 1_000) / (performance.now() - began)
}

async function arrangeFaults(world: World, seed: number): Promise<AttackerTask> {
  const patient = await world.operator.addAgent('patient')
  const objects: number[] = []
  for (let number = 0; number < faultyDrivers; number++) {
    const object = await world.operator.addDriver(`faulty-${number}`, definitions)
    const holder = { name: 'patient', ...patient } as Actor
    await world.grant(holder, { selectors: ['tools/read'] }, object)
    objects.push(object)
  }
  const drivers = await until(() => {
    const known = objects.flatMap((object) => {
      const unit = world.kernel.units.find(({ driver }) => driver === object)
      return unit === undefined ? [] : [{ object, secret: unit.secret }]
    })
    return known.length === objects.length ? known : null
  }, 'the kernel to announce every driver')
  const [driverSocket, agentSocket] = [world.home.socket('driver'), world.home.socket('agent')]
  return { seed, driverSocket, agentSocket, token: patient.token, drivers, definitions }
}

/** The attackers' process and the conversation with it. */
class Attackers {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child
    this.#lines = lines[Symbol.asyncIterator]()
  }

  static async start(task: AttackerTask): Promise<Attackers> {
    const child = spawn(process.execPath, [attackerProgram], { stdio: ['pipe', 'pipe', 'inherit'] })
    const attackers = new Attackers(child, createInterface({ input: child.stdout }))
    await attackers.#say(task)
    return attackers
  }

  async round(order: AttackerOrder): Promise<FaultCounts> {
    return JSON.parse(await this.#say(order)) as FaultCounts
  }

  async end(): Promise<void> {
    this.#child.stdin?.end()
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }

  async #say(what: AttackerTask | AttackerOrder): Promise<string> {
    this.#child.stdin?.write(`${JSON.stringify(what)}\n`)
    const said = await this.#lines.next()
    if (said.done === true) throw new Error('the attackers ended')
    return said.value
  }
}
