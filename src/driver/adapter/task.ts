/**
 * How a process that the supervisor starts for a driver hears its task: one line on standard input. The input
 * stays open for as long as the supervisor lives, so its end is the supervisor's.
 */
import { LineSplitter } from '../line-splitter.ts'
import type { AdapterInstructions } from './instructions.ts'
import { maxInstructionBytes, readInstructions } from './instructions.ts'

/** Reads the task, or null when there is none; `onGone` is called when the supervisor is gone. */
export function readTask(onGone: () => void): Promise<AdapterInstructions | null> {
  const { promise, resolve } = Promise.withResolvers<AdapterInstructions | null>()
  const lines = new LineSplitter(maxInstructionBytes)
  let listening = true
  process.stdin.on('data', (chunk: Uint8Array) => {
    // One line is a task; anything after it is ignored, and read only to notice the end.
    if (!listening) return
    const whole = lines.push(chunk, (line) => {
      listening = false
      resolve(readInstructions(line))
      return false
    })
    if (!whole) resolve(null)
  })
  const gone = (): void => {
    resolve(null)
    onGone()
  }
  process.stdin.on('end', gone)
  process.stdin.on('error', gone)
  return promise
}
