/**
 * Boundaries that stand before anybody asks. A machine takes a tenth of a second to start, so a few are kept idle,
 * each with a worker in it that waits at its standard input for a command and becomes it. One boundary is used
 * once: what comes out of the pool has never run anything.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner } from '../boundary.ts'
import { Handed } from './handed.ts'

/** What a pool keeps. */
export interface WarmPoolOptions {
  readonly confiner: Confiner
  /** Makes the boundary of the next one; called for each, because sockets and stores belong to one alone. */
  readonly boundary: () => Boundary | Promise<Boundary>
  /** How many are kept idle. */
  readonly size: number
}

/** Longest command with its arguments that a worker takes. */
const mostCommandBytes = 1_048_576
/** After so many failed starts in a row nothing is kept until somebody asks again. */
const mostFailures = 3
/** Before the next one is started, which takes this process and the machine's processors for a while. */
const whoWasGivenOneGoesFirstMs = 20

const worker = String.raw`
sysread(STDIN, my $length, 8) == 8 or exit 125;
$length = hex $length;
my $words = '';
while (length $words < $length) { sysread(STDIN, $words, $length - length $words, length $words) or exit 125 }
my @command = split /\0/, $words, -1;
exec { $command[0] } @command;
my $missing = $! == 2;
print STDERR "custos: cannot run $command[0]: $!\n";
exit($missing ? 127 : 126);
`

/** Owns the idle ones; who is given one owns that one. */
export class WarmPool {
  readonly #options: WarmPoolOptions
  readonly #idle: Handed[] = []
  #filling: Promise<void> | null = null
  #failures = 0
  #isClosed = false

  constructor(options: WarmPoolOptions) {
    this.#options = options
    this.#fill()
  }

  /** How many stand idle now. */
  get ready(): number {
    return this.#idle.length
  }

  /** Resolves once as many stand idle as are to be kept, or none can be started. */
  async filled(): Promise<void> {
    while (this.#filling !== null) await this.#filling
  }

  /**
   * Runs a command in a boundary that stands already, or in a new one when there is none or when the command
   * needs standard streams of the caller's own. The same contract as `Confiner.start`.
   */
  async run(what: ConfinedCommand): Promise<Result<Confined, string>> {
    if (this.#isClosed) return err('the pool is closed')
    const words = Buffer.from([what.command, ...what.args].join('\0'))
    const isSayable = ![what.command, ...what.args].some((word) => word.includes('\0'))
    const fits = isSayable && words.length <= mostCommandBytes && what.stdio === 'pipe'
    const confined = fits ? this.#idle.shift() : undefined
    this.#failures = 0
    this.#fill()
    if (confined === undefined)
      return await this.#options.confiner.start(await this.#options.boundary(), what)
    return await handOver(confined, words, what)
  }

  /** Ends every idle one, and resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    const all = this.#idle.splice(0)
    for (const confined of all) confined.kill()
    await Promise.all(all.map(({ ended }) => ended))
    await this.filled()
  }

  #fill(): void {
    if (this.#filling !== null || !this.#wants()) return
    this.#filling = this.#startOne().finally(() => {
      this.#filling = null
      this.#fill()
    })
  }

  #wants(): boolean {
    return !this.#isClosed && this.#failures < mostFailures && this.#idle.length < this.#options.size
  }

  async #startOne(): Promise<void> {
    const { confiner, boundary } = this.#options
    try {
      await pause(whoWasGivenOneGoesFirstMs)
      if (this.#isClosed) return
      const next = await boundary()
      const limits = { ...next.limits, wallMs: null }
      const what = { command: '/usr/bin/perl', args: ['-e', worker], stdio: 'pipe' } as const
      const started = await confiner.start({ ...next, limits }, what)
      if (started.ok) this.#keep(new Handed(started.value, next.limits.wallMs))
      else this.#failures += 1
    } catch {
      this.#failures += 1
    }
  }

  #keep(confined: Handed): void {
    if (this.#isClosed) {
      confined.kill()
      return
    }
    this.#failures = 0
    this.#idle.push(confined)
    void confined.ended.then(() => {
      const index = this.#idle.indexOf(confined)
      if (index === -1) return
      this.#idle.splice(index, 1)
      this.#failures += 1
      this.#fill()
    })
  }
}

async function handOver(
  confined: Handed,
  words: Buffer,
  { beforeStart }: ConfinedCommand,
): Promise<Result<Confined, string>> {
  try {
    await beforeStart?.(confined.pids)
  } catch (error) {
    confined.kill()
    await confined.ended
    return err(`not started: ${error instanceof Error ? error.message : String(error)}`)
  }
  confined.begin()
  confined.child.stdin?.write(words.length.toString(16).padStart(8, '0'))
  confined.child.stdin?.write(words)
  return ok(confined)
}
