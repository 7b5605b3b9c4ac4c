/**
 * One machine that stands before its program is known. It is given one command, once, or is killed. Until then nothing
 * has run in it but what waits for the command.
 */
import type { Duplex } from 'node:stream'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner, End } from '../boundary.ts'
import { boundaryState } from './boundary-state.ts'
import { Handed } from './handed.ts'
import { controlDescriptor, readyWord, waitingProgram } from './waiting-program.ts'

/** A machine is up within a tenth of a second; on one that is this late nobody waits. */
const readyWithinMs = 20_000
/** The machine says two short lines. */
const mostSaid = 64

/** Starts one and resolves when it waits for its command. On an error nothing is left of it. */
export async function startIdleMachine(
  confiner: Confiner,
  boundary: Boundary,
): Promise<Result<IdleMachine, string>> {
  const state = boundaryState(boundary)
  if (state === null) return err('the boundary cannot be brought about')
  // Its clock starts with its program.
  const standing = { ...boundary, limits: { ...boundary.limits, wallMs: null } }
  const started = await confiner.start(standing, {
    command: '/usr/bin/perl',
    args: ['-e', waitingProgram],
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  if (!started.ok) return started
  const machine = new IdleMachine(started.value, boundary, state)
  if (await machine.isReady) return ok(machine)
  machine.kill()
  await machine.ended
  return err('the machine did not become ready')
}

/** Owns its machine until it is handed over or killed. */
export class IdleMachine {
  readonly boundary: Boundary
  readonly ended: Promise<End>
  /** Whether it waits for a command by now; false when it ended or took too long. */
  readonly isReady: Promise<boolean>
  readonly #confined: Confined
  readonly #state: string
  readonly #control: Duplex
  readonly #told: Promise<number | null>

  constructor(confined: Confined, boundary: Boundary, state: string) {
    this.boundary = boundary
    this.ended = confined.ended
    this.#confined = confined
    this.#state = state
    const { child } = confined
    this.#control = child.stdio[controlDescriptor] as unknown as Duplex
    const said = new Said(this.#control)
    this.isReady = said.ready
    this.#told = said.status
    // It ended before it read its command; whoever waits for its end is told.
    child.stdin?.on('error', () => {})
  }

  /** Whether a boundary that were made now would be this one, of the same files. */
  fits(boundary: Boundary): boolean {
    return boundaryState(boundary) === this.#state
  }

  /** Gives it its command when the caller agrees. It is the caller's then; on an error it is gone. */
  async handOver(message: Uint8Array, { beforeStart }: ConfinedCommand): Promise<Result<Confined, string>> {
    try {
      await beforeStart?.(this.#confined.pids)
    } catch (error) {
      this.kill()
      await this.ended
      return err(`not started: ${error instanceof Error ? error.message : String(error)}`)
    }
    const { limits } = this.boundary
    const handed = new Handed({ confined: this.#confined, limits, told: this.#told })
    this.#control.write(message)
    return ok(handed)
  }

  kill(): void {
    this.#confined.kill()
  }
}

/** What a machine says on its control stream: that it is ready, and how its command ended. */
class Said {
  readonly ready: Promise<boolean>
  readonly status: Promise<number | null>

  constructor(control: Duplex) {
    const ready = Promise.withResolvers<boolean>()
    const status = Promise.withResolvers<number | null>()
    this.ready = ready.promise
    this.status = status.promise
    const timer = setTimeout(() => ready.resolve(false), readyWithinMs)
    let text = ''
    control.on('data', (chunk: Uint8Array) => {
      if (text.length >= mostSaid) return
      text += Buffer.from(chunk).toString('latin1')
      if (text.startsWith(readyWord)) ready.resolve(true)
      const told = /^\w+\n(?<status>\d{1,3})\n/.exec(text)?.groups?.['status']
      if (told !== undefined) status.resolve(Number(told))
    })
    control.on('error', () => control.destroy())
    control.once('close', () => {
      ready.resolve(false)
      status.resolve(null)
    })
    void this.ready.then(() => clearTimeout(timer))
  }
}
