/**
 * Standard streams that a machine must not have itself. gVisor reads and writes a regular file from its beginning,
 * wherever its owner has got to, so what was in it before is overwritten; and it shuts a socket down when it ends,
 * for everybody who still uses it. Such streams stay with us: the machine has a pipe, and we carry what passes.
 */
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, fstatSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Confined, End, Rung, Usage } from '../boundary.ts'
import type { Stream } from '../bubblewrap/launch-prepared.ts'

/** Streams as a machine may have them, and those of ours that are carried to and fro. */
export interface RelayPlan {
  readonly streams: readonly Stream[]
  /** Our own descriptors, of 0, 1 and 2. */
  readonly relayed: readonly number[]
}

/** Replaces those of our own streams that a machine must not have. */
export function planRelay(streams: readonly Stream[]): RelayPlan {
  const relayed = streams.flatMap((stream, index) => (stream === 'inherit' && isHarmed(index) ? [index] : []))
  return { streams: streams.map((stream, index) => (relayed.includes(index) ? 'pipe' : stream)), relayed }
}

function isHarmed(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor)
    return stats.isFile() || stats.isSocket()
  } catch {
    return false
  }
}

/** A program whose streams are carried. It has ended when the last of its output has arrived. */
export class Relayed implements Confined {
  readonly rung: Rung
  readonly child: ChildProcess
  readonly ended: Promise<End>
  readonly #confined: Confined

  constructor(confined: Confined, relayed: readonly number[], mostBytes: number) {
    this.#confined = confined
    this.rung = confined.rung
    this.child = confined.child
    const { stdin, stdout, stderr } = this.child
    const stop = stdin !== null && relayed.includes(0) ? feed(stdin) : (): void => {}
    const carried = [stdout, stderr].map((stream, index) =>
      stream !== null && relayed.includes(index + 1)
        ? carry(stream, index + 1, mostBytes)
        : Promise.resolve(),
    )
    this.ended = confined.ended.then(async (end) => {
      stop()
      await Promise.all(carried)
      return end
    })
  }

  get pids(): readonly number[] {
    return this.#confined.pids
  }

  usage(): Usage {
    return this.#confined.usage()
  }

  kill(): void {
    this.#confined.kill()
  }
}

/** Gives the program what is on our standard input, until the returned function is called. */
function feed(to: Writable): () => void {
  const from = process.stdin
  to.on('error', () => {
    // It wants no more. What it has not taken is nobody's.
    from.unpipe(to)
    from.pause()
  })
  from.on('error', () => to.end())
  from.pipe(to)
  return () => {
    from.unpipe(to)
    from.pause()
    if ('unref' in from) from.unref()
  }
}

/**
 * Writes everything to our own `descriptor`, where the last one to write got to. Settles when all of it is there. A
 * file gets `mostBytes` and no more, as it would from the program itself: a log is not without end.
 */
async function carry(from: Readable, descriptor: number, mostBytes: number): Promise<void> {
  const to = createWriteStream('', { fd: descriptor, autoClose: false })
  const most = fstatSync(descriptor).isFile() ? mostBytes : Infinity
  // Nobody reads any more, or the disk is full: the program is to hear of it as it would have.
  await pipeline(from, (chunks: AsyncIterable<Buffer>) => atMost(chunks, most), to).catch(() => {})
  from.destroy()
}

async function* atMost(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer> {
  let left = most
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}
