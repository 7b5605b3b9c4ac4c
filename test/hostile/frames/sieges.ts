/**
 * Sessions of attackers: each connects to one socket, does its worst, and goes. What one session may cost the
 * attacker's own machine is bounded; what it may cost the kernel is the question.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { Frame } from '../../../src/wire/frame.ts'
import type { Random } from '../../simulation/world/random.ts'
import type { FrameParts } from './frame-bytes.ts'
import { corrupted, frameBytes, mangledFrame } from './frame-bytes.ts'
import type { Loot } from './hostile-requests.ts'
import { agentRequest, operatorRequest } from './hostile-requests.ts'
import { Intruder } from './intruder.ts'

/** Where attackers attack, and what they have. */
export interface Target {
  socket(role: 'agent' | 'operator' | 'driver'): string
  readonly token: string
  readonly loot: Loot
  /** The secret of the driver that has gone bad, or null while the kernel has announced none. */
  readonly secret: () => string | null
  readonly definitions: readonly Json[]
  /** Told of each call that the bad driver was sent. */
  readonly onDispatch: (frame: Frame) => void
}

/** One session. Returns how many frames it sent. */
export type Siege = (target: Target, random: Random) => Promise<number>

/** The first frame of a connection. */
export function hello(header: JsonObject, body: Uint8Array | string = ''): Buffer {
  return frameBytes({ kind: 'hello', header: { protocol: 1, ...header }, body })
}

/** Puts a frame that ends the connection last, now and then. */
function spoiled(frames: Buffer[], random: Random): Buffer {
  const spoil = random.weighted({ mangled: 20, corrupted: 15, nothing: 65 })
  if (spoil === 'mangled') frames.push(mangledFrame(random))
  if (spoil === 'corrupted' && frames.length > 0) frames.push(corrupted(random.pick(frames), random))
  const bytes = Buffer.concat(frames)
  return random.percent(10) ? bytes.subarray(0, random.below(bytes.length)) : bytes
}

/** Ends a session, with or without manners. */
export async function part(intruder: Intruder, random: Random): Promise<void> {
  if (random.percent(70)) intruder.vanish()
  else await intruder.leave()
}

/** An agent with a token and next to no authority. */
export const lowAgent: Siege = async (target, random) => {
  const intruder = new Intruder(target.socket('agent'))
  intruder.write(hello({ token: target.token, credit: random.pick([0, 1, 64, 65_535]) }))
  await intruder.until(() => intruder.isWelcome)
  const frames: Buffer[] = []
  const count = random.between(1, 200)
  let requests = 0
  for (let n = 1; n <= count; n++) {
    if (random.percent(7)) {
      frames.push(frameBytes({ kind: 'cancel', correlation: random.between(1, count) }))
      continue
    }
    requests += 1
    frames.push(frameBytes({ correlation: n, ...agentRequest(random, target.loot, n) }))
  }
  if (random.percent(15)) frames.push(...rudeness(random))
  await intruder.dribble(spoiled(frames, random), random)
  await intruder.until(() => intruder.answers >= requests, random.pick([0, 5, 500, 1_000]))
  await part(intruder, random)
  return frames.length + 1
}

/** Frames that are sound by themselves and out of turn. */
function rudeness(random: Random): readonly Buffer[] {
  const correlation = random.between(1, 50)
  return random
    .pick<FrameParts[]>([
      [{ kind: 'hello', header: { protocol: 1 } }],
      [{ kind: 'welcome', header: { protocol: 1, credit: 9 } }],
      [{ kind: 'reply', correlation, header: { outcome: 'done', seq: 1 } }],
      [{ kind: 'refusal', correlation, header: { code: 'x', message: '', needed: '', seq: null } }],
      [{ kind: 'notice', correlation, header: { event: 'held' } }],
      [
        { kind: 'notice', header: { event: 'restart', driver: 1 } },
        { kind: 'notice', header: { event: 'units' } },
      ],
      [1, 2].map(() => ({ correlation: 77, header: { op: 'call', selector: 'tools/write', object: 1 } })),
      [
        { kind: 'goodbye', header: { reason: 'done' } },
        { correlation, header: { op: 'capabilities' } },
      ],
    ])
    .map(frameBytes)
}

/** More requests at once than there is credit for, most of them withdrawn in the same breath. */
export const storm: Siege = async (target, random) => {
  const intruder = new Intruder(target.socket('agent'))
  intruder.write(hello({ token: target.token }))
  await intruder.until(() => intruder.isWelcome)
  const count = random.percent(2) ? 4_200 : random.between(20, 200)
  const header = { op: 'call', selector: 'tools/read', object: target.loot.object }
  const frames: Buffer[] = []
  for (let correlation = 1; correlation <= count; correlation++) {
    const asks = random.percent(20) ? { op: 'capabilities' } : header
    frames.push(frameBytes({ correlation, header: asks, body: `{"path":"/data/${correlation}"}` }))
    if (random.percent(60)) frames.push(frameBytes({ kind: 'cancel', correlation }))
  }
  if (random.percent(50)) intruder.deafen()
  intruder.write(Buffer.concat(frames))
  await intruder.until(() => intruder.answers >= count, random.pick([1, 50, 1_000]))
  await part(intruder, random)
  return frames.length + 1
}

/** Somebody without a token. */
export const stranger: Siege = async (target, random) => {
  const intruder = new Intruder(target.socket(random.pick(['agent', 'agent', 'operator', 'driver'] as const)))
  const greeting = random.pick<JsonObject>([
    {},
    { token: 'custos_guess' },
    { token: target.token.slice(0, -1) },
    { token: [target.token] },
    { token: 'x'.repeat(16_000) },
    { token: target.token, protocol: 2 },
    { token: target.token, credit: -1 },
    { token: target.token, credit: 1e9 },
    { secret: '' },
    { secret: '0'.repeat(64) },
  ])
  const frames = [hello(greeting, random.percent(10) ? Buffer.alloc(random.between(1, 900_000)) : '')]
  if (random.percent(30)) frames.unshift(...rudeness(random))
  for (let more = random.below(6); more > 0; more--)
    frames.push(frameBytes({ correlation: more, ...agentRequest(random, target.loot, more) }))
  await intruder.dribble(spoiled(frames, random), random)
  await intruder.until(() => false, random.pick([0, 1, 5]))
  await part(intruder, random)
  return frames.length
}

/** Somebody at the operators' door without a key. */
export const pretender: Siege = async (target, random) => {
  const intruder = new Intruder(target.socket('operator'))
  const frames = [hello({})]
  intruder.write(frames[0] as Buffer)
  if (!(await intruder.until(() => intruder.isWelcome)) || intruder.isOver) return 1
  const tooMany = random.percent(10)
  for (let round = random.between(1, 6); round > 0 && !intruder.isOver; round--) {
    const asked = tooMany ? 40 : random.between(1, 16)
    const before = intruder.answers
    const burst: Buffer[] = []
    for (let correlation = 1; correlation <= asked; correlation++)
      burst.push(frameBytes({ correlation, ...operatorRequest(random, target.loot) }))
    frames.push(...burst)
    await intruder.dribble(Buffer.concat(burst), random)
    await intruder.until(() => intruder.answers >= before + asked)
  }
  if (random.percent(30)) intruder.write(spoiled([...rudeness(random)], random))
  await part(intruder, random)
  return frames.length
}

/** Many connections that promise much, send a little, slowly, and hold on. */
export const slowCrowd: Siege = async (target, random) => {
  const role = random.pick(['agent', 'operator', 'driver'] as const)
  const crowd = Array.from({ length: random.between(20, 120) }, () => new Intruder(target.socket(role)))
  const greeting = frameBytes({
    kind: 'hello',
    header: { protocol: 1 },
    length: random.pick([60, 1_000_000]),
  })
  for (let at = 0; at < 8; at++) {
    for (const intruder of crowd) intruder.write(greeting.subarray(at * 3, at * 3 + 3))
    await pause(10)
  }
  for (const intruder of crowd) intruder.write(Buffer.alloc(random.percent(20) ? 200_000 : 10))
  await pause(random.between(10, 1_000))
  for (const intruder of crowd) intruder.vanish()
  return crowd.length
}
