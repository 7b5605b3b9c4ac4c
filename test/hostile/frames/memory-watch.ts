/** How much memory another process has, sampled while it works. */
import { readFileSync } from 'node:fs'

/** Samples of the resident memory of one process. */
export class MemoryWatch {
  readonly #process: number
  readonly #samples: number[] = []
  readonly #timer: NodeJS.Timeout

  constructor(process: number, everyMs = 100) {
    this.#process = process
    this.#timer = setInterval(() => this.#sample(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The most it had, in MiB. */
  get peakMiB(): number {
    return Math.max(0, ...this.#samples)
  }

  /** The median of the n-th of three equal parts of the time, in MiB. */
  third(n: 1 | 2 | 3): number {
    const size = this.#samples.length / 3
    const part = this.#samples.slice(Math.trunc((n - 1) * size), Math.trunc(n * size)).sort((a, b) => a - b)
    return part[Math.trunc(part.length / 2)] ?? 0
  }

  #sample(): void {
    try {
      const status = readFileSync(`/proc/${this.#process}/status`, 'utf8')
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
      if (kilobytes !== undefined) this.#samples.push(Math.round(Number(kilobytes) / 1024))
    } catch {
      // It has ended, which whoever watches it learns elsewhere.
    }
  }
}
