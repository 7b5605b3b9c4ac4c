/**
 * The process of the faulty drivers, apart from everybody else's. It is told of them by one JSON line, and by
 * each further line how many faults to make in how many milliseconds; it answers each with what it made.
 */
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Json } from '../../../src/base/json.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import { connectWire } from '../../../src/wire/client.ts'
import { Random } from '../../simulation/world/random.ts'
import type { Faulty, FaultKind } from './faults.ts'
import { fail } from './faults.ts'

/** Whom it plays. */
export interface AttackerTask {
  readonly seed: number
  readonly driverSocket: string
  readonly agentSocket: string
  /** Of the agent whose calls the faulty drivers get. */
  readonly token: string
  readonly drivers: readonly { readonly object: number; readonly secret: string }[]
  readonly definitions: readonly Json[]
}

/** One round of faults. */
export interface AttackerOrder {
  readonly faults: number
  readonly withinMs: number
}

/** What was made, by kind. */
export type FaultCounts = { [kind in FaultKind]: number }

const likelihood: { readonly [kind in FaultKind]: number } = { crash: 34, hang: 4, flood: 5, malformed: 40 }
const stepMs = 10
const hangingCallMs = 2_000

class Attacker {
  readonly #task: AttackerTask
  readonly #random: Random
  readonly #wire: WireClient
  #turn = 0

  constructor(task: AttackerTask, wire: WireClient) {
    this.#task = task
    this.#wire = wire
    this.#random = new Random(task.seed, 'driver faults')
  }

  /** Spreads its faults evenly over the time, so that every round is attacked alike. */
  async round({ faults, withinMs }: AttackerOrder): Promise<FaultCounts> {
    const counts: FaultCounts = { crash: 0, hang: 0, flood: 0, malformed: 0 }
    const visits = new Set<Promise<void>>()
    const began = performance.now()
    const so = { made: 0, begun: 0 }
    while (so.made < faults) {
      const due = (faults * (performance.now() - began)) / withinMs
      for (; so.begun < due && visits.size < 64; so.begun++) {
        const kind = this.#random.weighted(likelihood)
        const visit = fail(kind, this.#next(), this.#random).then((count) => {
          counts[kind] += count
          so.made += count
          // A visit may be several faults, and the next ones wait until their time has come.
          so.begun += count - 1
          visits.delete(visit)
        })
        visits.add(visit)
      }
      await pause(stepMs)
    }
    await Promise.all(visits)
    return counts
  }

  #next(): Faulty {
    const { drivers, driverSocket, definitions } = this.#task
    const driver = drivers[this.#turn++ % drivers.length]
    if (driver === undefined) throw new Error('there are no drivers')
    const { object, secret } = driver
    return { socket: driverSocket, secret, definitions, summon: () => void this.#call(object) }
  }

  async #call(object: number): Promise<void> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), hangingCallMs)
    const header = { op: 'call', selector: 'tools/read', object }
    await this.#wire.request(header, Buffer.from('{}'), { signal: late.signal })
    clearTimeout(timer)
  }
}

async function main(): Promise<void> {
  let attacker: Attacker | null = null
  for await (const line of createInterface({ input: process.stdin })) {
    if (attacker === null) {
      const task = JSON.parse(line) as AttackerTask
      const opened = await connectWire(task.agentSocket, { token: task.token })
      if (!opened.ok) throw new Error(opened.error.message)
      attacker = new Attacker(task, opened.value)
      process.stdout.write('{}\n')
    } else {
      const counts = await attacker.round(JSON.parse(line) as AttackerOrder)
      process.stdout.write(`${JSON.stringify(counts)}\n`)
    }
  }
  process.exit(0)
}

await main()
