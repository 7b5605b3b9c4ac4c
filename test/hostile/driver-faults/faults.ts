/**
 * The ways in which a driver fails, each as one visit to the kernel's socket for drivers: it crashes in a call
 * or half way through an answer, hangs, floods, or says what is no frame. A visit costs the visitor little and
 * tells how many faults it was.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Json } from '../../../src/base/json.ts'
import type { Frame } from '../../../src/wire/frame.ts'
import type { Random } from '../../simulation/world/random.ts'
import { corrupted, frameBytes, mangledFrame } from '../frames/frame-bytes.ts'
import { Intruder } from '../frames/intruder.ts'
import { hello } from '../frames/sieges.ts'

/** A driver that is about to fail. */
export interface Faulty {
  readonly socket: string
  readonly secret: string
  readonly definitions: readonly Json[]
  /** Has somebody call it. */
  readonly summon: () => void
}

/** The kinds of faults that are counted. */
export const faultKinds = ['crash', 'hang', 'flood', 'malformed'] as const

/** One of them. */
export type FaultKind = (typeof faultKinds)[number]

/** Makes faults of that kind and returns how many. */
export function fail(kind: FaultKind, driver: Faulty, random: Random): Promise<number> {
  switch (kind) {
    case 'crash':
      return crash(driver, random)
    case 'hang':
      return hang(driver)
    case 'flood':
      return flood(driver, random)
    case 'malformed':
      return malformed(driver, random)
  }
}

const callsLeftHanging = 6
const bursts = 5
const hangMs = 40

async function crash(driver: Faulty, random: Random): Promise<number> {
  const { intruder, calls } = await attached(driver)
  driver.summon()
  await intruder.until(() => calls.length > 0, 500)
  const correlation = calls[0]?.correlation ?? 1
  const answer = frameBytes({
    kind: 'reply',
    correlation,
    header: { outcome: 'done' },
    body: 'x'.repeat(10_000),
  })
  if (random.percent(30)) intruder.write(answer.subarray(0, random.between(1, answer.length - 1)))
  intruder.vanish()
  return 1
}

async function hang(driver: Faulty): Promise<number> {
  const { intruder, calls } = await attached(driver)
  for (let call = 0; call < callsLeftHanging; call++) driver.summon()
  await intruder.until(() => calls.length >= callsLeftHanging, 500)
  await pause(hangMs)
  intruder.vanish()
  return Math.max(1, calls.length)
}

async function flood(driver: Faulty, random: Random): Promise<number> {
  const { intruder, calls } = await attached(driver)
  driver.summon()
  await intruder.until(() => calls.length > 0, 500)
  const correlation = calls[0]?.correlation ?? 1
  const notice = frameBytes({
    kind: 'notice',
    correlation,
    header: { event: 'log', level: 'debug', logger: 'flood' },
    body: random.bytes(200),
  })
  const news = frameBytes({ kind: 'notice', header: { event: 'resources-changed' } })
  for (let burst = 0; burst < bursts && !intruder.isOver; burst++) {
    intruder.write(Buffer.concat(Array.from({ length: 50 }, (_, n) => (n % 5 === 0 ? news : notice))))
    await pause(1)
  }
  intruder.vanish()
  return bursts
}

async function malformed(driver: Faulty, random: Random): Promise<number> {
  const kind = random.weighted({ greeting: 30, secret: 15, cut: 15, proven: 40 })
  const greeting = hello({ secret: driver.secret, credit: 16 }, JSON.stringify(driver.definitions))
  if (kind === 'proven') {
    const { intruder } = await attached(driver)
    intruder.write(mangledFrame(random))
    if (!(await intruder.until(() => false, 200))) intruder.vanish()
    return 1
  }
  const intruder = new Intruder(driver.socket)
  const wrong = hello({ secret: 'x'.repeat(random.between(0, 100)), credit: 1 }, '[]')
  if (kind === 'secret') intruder.write(wrong)
  else if (kind === 'cut') intruder.write(greeting.subarray(0, random.between(1, greeting.length - 1)))
  else intruder.write(random.percent(50) ? corrupted(greeting, random) : mangledFrame(random))
  await intruder.until(() => intruder.isWelcome, 20)
  intruder.vanish()
  return 1
}

async function attached(
  driver: Faulty,
): Promise<{ readonly intruder: Intruder; readonly calls: readonly Frame[] }> {
  const calls: Frame[] = []
  const intruder = new Intruder(driver.socket, (frame) => {
    if (frame.kind === 'request') calls.push(frame)
  })
  intruder.write(hello({ secret: driver.secret, credit: 16 }, JSON.stringify(driver.definitions)))
  await intruder.until(() => intruder.isWelcome)
  return { intruder, calls }
}
