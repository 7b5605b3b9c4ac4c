/**
 * The attack as a whole: a real kernel process, an honest driver, a bad one, a bystander, and attackers on all
 * three sockets at once until so many frames were sent. Afterwards the kernel is stopped in good order and
 * what it recorded is judged.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { limits } from '../../../src/kernel/limits.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { TestHome } from '../../harness/kernel-process.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { World } from '../../harness/world.ts'
import { questions } from '../../simulation/world/manifests.ts'
import { Random } from '../../simulation/world/random.ts'
import { answerQuestions, bystand, endure } from './bystander.ts'
import type { SeenEffect } from './judge-effects.ts'
import { judgeEffects } from './judge-effects.ts'
import { MemoryWatch } from './memory-watch.ts'
import type { Siege, Target } from './sieges.ts'
import { badDriver } from './bad-driver.ts'
import { lowAgent, pretender, slowCrowd, storm, stranger } from './sieges.ts'

/** What came of an attack. */
export interface FramesReport {
  readonly frames: number
  readonly sessions: number
  /** Calls that the drivers saw. */
  readonly effects: number
  /** Questions of the bad driver that were let through. */
  readonly questions: number
  /** Those that reached the one client that can answer them. */
  readonly questionsAnswered: number
  readonly effectsWithoutAuthority: number
  readonly kernelCrashes: number
  /** Calls of the well-behaved agent, all of which must have been answered. */
  readonly bystanderCalls: number
  readonly slowestMs: number
  readonly events: number
  readonly peakMiB: number
  /** Median memory in the first and in the last third of the attack. */
  readonly firstMiB: number
  readonly lastMiB: number
  readonly seconds: number
  readonly violations: readonly string[]
}

const peakMiBLimit = 400
/** By how much the median of the last third may exceed that of the first. */
const growthMiBLimit = 100

/** What the bad driver may ask of whoever calls it. */
const questionsPerSecond = 100

/** What an adapter may be recorded to attach in a refusal window. */
const attachmentsPerWindow = 32

/** Who attacks, how many at a time, and their share of all frames in thousandths. */
const sieges: readonly { readonly siege: Siege; readonly count: number; readonly share: number }[] = [
  { siege: lowAgent, count: 3, share: 470 },
  { siege: storm, count: 1, share: 120 },
  { siege: stranger, count: 2, share: 100 },
  { siege: pretender, count: 2, share: 220 },
  { siege: badDriver, count: 1, share: 80 },
  { siege: slowCrowd, count: 1, share: 10 },
]

/** Sends about `frames` hostile frames, drawn from `seed`. */
export async function runFrames({
  frames,
  seed,
}: {
  readonly frames: number
  readonly seed: number
}): Promise<FramesReport> {
  const home = new TestHome()
  const world = new World(home, {})
  try {
    await world.start()
    return await attack(world, frames, seed)
  } finally {
    await world.kernel?.kill()
    home.remove()
  }
}

async function attack(world: World, frames: number, seed: number): Promise<FramesReport> {
  const seen: SeenEffect[] = []
  const { target, citizen, bad } = await arrange(world, seen)
  const began = performance.now()
  const memory = new MemoryWatch(world.kernel.child.pid ?? 0)
  const state = { sent: 0, sessions: 0, crashes: 0, isOver: false }
  const isOver = (): boolean => state.isOver
  void world.kernel.exited.then(() => (state.crashes += 1))
  const service = bystand(world, citizen, isOver)
  const patience = endure(citizen, bad, isOver)
  const answering = answerQuestions(world.home.socket('agent'), citizen.token, bad, isOver)
  const attackers = sieges.map(({ siege, count, share }) => {
    let left = Math.ceil((frames * share) / 1_000)
    const each = Array.from({ length: count }, async (_, n) => {
      const random = new Random(seed, `${siege.name} ${n}`)
      while (left > 0 && state.crashes === 0) {
        const sent = await siege(target, random)
        left -= sent
        state.sent += sent
        state.sessions += 1
        await pause(0)
      }
    })
    return Promise.all(each)
  })
  await Promise.all(attackers)
  state.isOver = true
  const { calls, slowestMs, complaints } = await service
  const questionsAnswered = await answering
  const violations = [...complaints, ...(await patience), ...judgeMemory(memory)]
  memory.stop()
  const kernelCrashes = state.crashes
  const seconds = Math.round((performance.now() - began) / 100) / 10
  if (kernelCrashes > 0) violations.push(`the kernel stopped: ${world.kernel.stderr.slice(0, 2_000)}`)
  else await world.kernel.stop()
  for (const { call, selector, body } of world.box.seen)
    seen.push({ call, driver: world.object, selector, body })
  const judged = judgeEffects(world.home.folder, seen, world.object)
  violations.push(...judged.violations, ...judged.withoutAuthority, ...judgeGrowth(judged.events, seconds))
  return {
    frames: state.sent,
    sessions: state.sessions,
    effects: seen.length,
    questions: judged.questions,
    questionsAnswered,
    effectsWithoutAuthority: judged.withoutAuthority.length,
    kernelCrashes,
    bystanderCalls: calls,
    slowestMs,
    events: judged.events.length,
    peakMiB: memory.peakMiB,
    firstMiB: memory.third(1),
    lastMiB: memory.third(3),
    seconds,
    violations,
  }
}

/** Makes the agents and drivers, and grants: everything to the citizen, next to nothing to the attacker. */
async function arrange(world: World, seen: SeenEffect[]) {
  const citizen = await world.agent('citizen')
  const outlaw = await world.operator.addAgent('outlaw')
  const definitions = [{ selector: 'tools/read', definition: { name: 'read' } }]
  const program = {
    protocol: 'mcp-stdio',
    command: 'none',
    args: [],
    cwd: '/',
    env: {},
    client: [...questions],
  }
  const bad = await world.operator.addDriver('bad', definitions, program)
  const mayAsk = { selectors: [...questions], rate: { count: questionsPerSecond, perMs: 1_000 } }
  await world.grant({ ...citizen, process: bad }, mayAsk, bad)
  await world.grant(citizen, { selectors: ['tools/read', 'tools/write'] })
  await world.grant(citizen, { selectors: ['tools/send'], ask: true })
  await world.grant(citizen, { selectors: ['tools/read'] }, bad)
  const path = { constraint: { within: '/data' } }
  const where = { 'tools/read': { arguments: { path, n: { constraint: { any: true }, optional: true } } } }
  await world.grant({ ...citizen, ...outlaw }, { selectors: ['tools/read'], where })
  world.box.behaviour = async ({ call, body }) => {
    if (call % 7 === 0) await pause(10)
    return { kind: 'reply', header: { outcome: 'done' }, body: Buffer.from(body) }
  }
  const orders = world
    .events()
    .flatMap(({ body }) => ('signed' in body && body.signed !== null ? [body.signed] : []))
  const target: Target = {
    socket: (role) => world.home.socket(role),
    token: outlaw.token,
    loot: {
      orders,
      operatorKey: world.home.key,
      selectors: ['tools/read', 'tools/write', 'tools/send', 'tools/buy', 'tools/rule', ...questions],
      process: outlaw.process,
      object: world.object,
    },
    secret: () => world.kernel.units.find(({ name }) => name === 'bad')?.secret ?? null,
    definitions,
    onDispatch: ({ header }) =>
      seen.push({
        call: header['call'] as number,
        driver: bad,
        selector: header['selector'] as string,
        body: null,
      }),
  }
  return { target, citizen, bad }
}

function judgeMemory(memory: MemoryWatch): readonly string[] {
  const [first, last, peak] = [memory.third(1), memory.third(3), memory.peakMiB]
  return [
    ...(peak > peakMiBLimit ? [`the kernel had ${peak} MiB, and ${peakMiBLimit} are allowed`] : []),
    ...(last > first + growthMiBLimit ? [`the kernel grew from ${first} to ${last} MiB`] : []),
  ]
}

/** What attackers can make the kernel record without being allowed anything is bounded by time. */
function judgeGrowth(events: readonly Event[], seconds: number): readonly string[] {
  const windows = Math.ceil((seconds * 1_000) / limits.refusalWindowMs) + 2
  // The citizen, the outlaw, and the driver that has gone bad.
  const agents = 3
  const bounds = {
    'syscall.refused': agents * limits.refusalsPerWindow * windows,
    'order.refused': limits.refusalsPerWindow * windows,
    'refusals.aggregated': (agents + 1) * windows,
    'driver.attached': 2 + attachmentsPerWindow * windows,
    'driver.detached': 2 + attachmentsPerWindow * windows,
    'capability.derived': limits.derivationsPerWindow * windows,
    'capability.revoked': limits.derivationsPerWindow * windows,
  } as const
  return Object.entries(bounds).flatMap(([kind, bound]) => {
    const count = ofKind(events, kind as keyof typeof bounds).length
    return count <= bound ? [] : [`${count} events of kind ${kind}, and ${bound} are allowed`]
  })
}
