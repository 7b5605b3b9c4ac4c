/** A started program that answers each line on its standard input with one on its standard output. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Slice } from './contest.ts'

/** The asking end. One request at a time. */
export interface LineChild {
  /** Sends a request and resolves with the slice that comes back. Rejects when the program ended instead. */
  slice(request: object): Promise<Slice>
  /** Closes its input and waits until it is gone. */
  end(): Promise<void>
}

/** Talks to `child`, whose three standard streams are pipes, once it has said that it is ready. */
export async function lineChild(child: ChildProcess): Promise<LineChild> {
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('the program has no pipes')
  child.stderr?.pipe(process.stderr, { end: false })
  stdin.on('error', () => undefined)
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the program ended without an answer')
    return value
  }
  await next()
  return {
    async slice(request) {
      stdin.write(`${JSON.stringify(request)}\n`)
      return JSON.parse(await next()) as Slice
    },
    async end() {
      stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
