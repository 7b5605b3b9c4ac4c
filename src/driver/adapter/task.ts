/**
 * How a process that the supervisor starts for a driver hears its task: one line on standard input. One that was started
 * before there is a task may first hear, in a line of its own, which tasks are likely. The input stays open for as long as
 * the supervisor lives, so its end is the supervisor's.
 */
import { LineSplitter } from '../line-splitter.ts'
import type { AdapterInstructions, Expectation } from './instructions.ts'
import { maxInstructionBytes, readExpectation, readInstructions } from './instructions.ts'

/**
 * Reads the task, or null when there is none; `onGone` is called when the supervisor is gone, `onExpected` when it says
 * what is likely.
 */
export function readTask(
  onGone: () => void,
  onExpected: (expectation: Expectation) => void = () => {},
): Promise<AdapterInstructions | null> {
  const { promise, resolve } = Promise.withResolvers<AdapterInstructions | null>()
  const lines = new LineSplitter(maxInstructionBytes)
  let listening = true
  let isFirst = true
  process.stdin.on('data', (chunk: Uint8Array) => {
    // One line is a task; anything after it is ignored, and read only to notice the end.
    if (!listening) return
    const whole = lines.push(chunk, (line) => {
      const expectation = isFirst ? readExpectation(line) : null
      isFirst = false
      if (expectation !== null) {
        onExpected(expectation)
        return true
      }
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
