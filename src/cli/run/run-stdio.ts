/**
 * The standard streams of a run. A program gets the person's own wherever it can, so that a terminal is a terminal and
 * a pipe is a pipe. A machine (gVisor) shuts down sockets and overwrites files that it is given, ours included, so
 * such streams are carried instead.
 */
import type { ChildProcess } from 'node:child_process'
import { fstatSync } from 'node:fs'
import type { Rung } from '../../sandbox/boundary.ts'

/** Streams for a run, and what carries those that are not given. */
export interface RunStreams {
  readonly stdio: readonly ('inherit' | 'pipe')[]
  /** Carries what has to be carried; resolves when everything the program wrote was passed on. */
  carry(child: ChildProcess): Promise<void>
}

/** The streams of this process, for a program on `rung`. */
export function runStreams(rung: Rung): RunStreams {
  const stdio = [0, 1, 2].map((descriptor) =>
    rung !== 'gvisor' || isPlain(descriptor) ? ('inherit' as const) : ('pipe' as const),
  )
  return {
    stdio,
    async carry({ stdin, stdout, stderr }) {
      if (stdin !== null) {
        stdin.on('error', () => {})
        process.stdin.pipe(stdin)
      }
      const ends = [
        { from: stdout, to: process.stdout },
        { from: stderr, to: process.stderr },
      ].map(async ({ from, to }) => {
        if (from === null) return
        from.pipe(to, { end: false })
        await new Promise((resolve) => void from.once('close', resolve))
      })
      await Promise.all(ends)
      if (stdin === null) return
      process.stdin.unpipe(stdin)
      process.stdin.pause()
    },
  }
}

/** A terminal, a device or a pipe: what a program may have as it is. */
function isPlain(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor)
    return found.isFIFO() || found.isCharacterDevice()
  } catch {
    return true
  }
}
