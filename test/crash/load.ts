/**
 * The agents of a campaign, each its own operating-system process, and everything they were told. An agent
 * that was killed is started again under a new name.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Acknowledgement } from './acknowledgement.ts'
import { readAcknowledgement } from './acknowledgement.ts'
import type { LoadTask } from './load-task.ts'

/** An agent as the operator made it. */
export type LoadAgent = Omit<LoadTask, 'seed'>

const program = fileURLToPath(new URL('load-agent.ts', import.meta.url))

/** Every load agent there is. */
export class Load {
  readonly #agents: readonly LoadAgent[]
  readonly #seed: number
  readonly #running: (ChildProcess | null)[]
  readonly #acknowledgements: Acknowledgement[] = []
  #starts = 0
  #isEnding = false
  #effective = 0

  constructor(agents: readonly LoadAgent[], seed: number) {
    this.#agents = agents
    this.#seed = seed
    this.#running = agents.map(() => null)
  }

  /** Everything acknowledged so far. */
  get acknowledgements(): readonly Acknowledgement[] {
    return this.#acknowledgements
  }

  /** How many calls were acknowledged as done. */
  get effective(): number {
    return this.#effective
  }

  start(): void {
    for (const index of this.#agents.keys()) this.#startOne(index)
  }

  /** Kills one of the agents. Another takes its place. */
  kill(index: number): void {
    this.#running[index % this.#running.length]?.kill('SIGKILL')
  }

  /** Asks the agents to finish what they have under way, and waits for at most `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#isEnding = true
    const ends = this.#running.flatMap((child) => (child === null ? [] : [once(child, 'close')]))
    for (const child of this.#running) child?.stdin?.end()
    const timer = setTimeout(() => this.abandon(), limitMs)
    await Promise.all(ends)
    clearTimeout(timer)
  }

  /** Ends all of them at once. */
  abandon(): void {
    this.#isEnding = true
    for (const child of this.#running) child?.kill('SIGKILL')
  }

  #startOne(index: number): void {
    const agent = this.#agents[index]
    if (agent === undefined || this.#isEnding) return
    this.#starts += 1
    const name = `${agent.name}.${this.#starts}`
    const task: LoadTask = { ...agent, name, seed: this.#seed }
    const child = spawn(process.execPath, [program, JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#running[index] = child
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line))
    child.once('close', () => {
      this.#running[index] = null
      this.#startOne(index)
    })
  }

  #hear(line: string): void {
    // The last line of a killed agent may be cut off; it was not told then.
    if (!line.endsWith('}')) return
    const heard = readAcknowledgement(line)
    this.#acknowledgements.push(heard)
    if (heard.what === 'outcome' && heard.outcome === 'done') this.#effective += 1
  }
}
