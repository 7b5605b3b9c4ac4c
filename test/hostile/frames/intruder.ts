/**
 * One connection of an attacker: it writes whatever bytes it is told to, in whatever pieces, and looks at what
 * comes back only to know when the kernel is done with it. It never trusts and never waits for long.
 */
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Frame } from '../../../src/wire/frame.ts'
import { FrameDecoder } from '../../../src/wire/frame-decoder.ts'
import type { Random } from '../../simulation/world/random.ts'

const patienceMs = 2_000

/** A connected attacker. */
export class Intruder {
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder()
  readonly #onFrame: (frame: Frame, intruder: Intruder) => void
  #wakes = Promise.withResolvers<void>()
  /** Answers to requests that came back. */
  answers = 0
  /** Whether the greeting was accepted. */
  isWelcome = false
  isOver = false

  constructor(path: string, onFrame: (frame: Frame, intruder: Intruder) => void = () => undefined) {
    this.#onFrame = onFrame
    this.#socket = createConnection(path)
    this.#socket.on('data', (bytes) => this.#receive(Buffer.from(bytes)))
    // Being thrown out is what an attacker expects.
    this.#socket.on('error', () => undefined)
    this.#socket.once('close', () => {
      this.isOver = true
      this.#wake()
    })
  }

  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void {
    if (!this.isOver && this.#socket.writable) this.#socket.write(bytes)
  }

  /** Writes bytes in pieces of any size, with other work between some of them. */
  async dribble(bytes: Uint8Array, random: Random): Promise<void> {
    let at = 0
    for (let pieces = 0; at < bytes.length && pieces < 12; pieces++) {
      const end = pieces === 11 ? bytes.length : Math.min(bytes.length, at + random.between(1, 40_000))
      this.write(bytes.subarray(at, end))
      at = end
      if (random.percent(40)) await pause(0)
    }
  }

  /** Stops reading what comes, so that it piles up at the other end. */
  deafen(): void {
    this.#socket.pause()
  }

  /** Waits until `condition` holds, the connection is over, or patience runs out. False in the last case. */
  async until(condition: () => boolean, limitMs: number = patienceMs): Promise<boolean> {
    const deadline = performance.now() + limitMs
    while (!condition() && !this.isOver) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      const late = new AbortController()
      await Promise.race([this.#wakes.promise, pause(left, null, { signal: late.signal }).catch(() => null)])
      late.abort()
    }
    return true
  }

  /** Leaves without a word. */
  vanish(): void {
    this.#socket.destroy()
  }

  /** Ends its sending half and waits to be let go. */
  async leave(): Promise<void> {
    if (!this.isOver) this.#socket.end()
    if (!(await this.until(() => false))) this.vanish()
  }

  #receive(bytes: Uint8Array): void {
    for (const frame of this.#decoder.push(bytes).frames) {
      if (frame.kind === 'welcome') this.isWelcome = true
      if (frame.kind === 'reply' || frame.kind === 'refusal') this.answers += 1
      this.#onFrame(frame, this)
    }
    this.#wake()
  }

  #wake(): void {
    this.#wakes.resolve()
    this.#wakes = Promise.withResolvers()
  }
}
