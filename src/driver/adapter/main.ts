/**
 * The adapter process: one unmodified MCP server on one side, the kernel's wire on the other. It is started
 * by the supervisor inside a containment and told its task on standard input, which stays open for as long
 * as the supervisor lives. Whatever goes wrong, it says why on standard error and exits; it repairs nothing.
 */
import { LineSplitter } from '../line-splitter.ts'
import { launchInGroup } from '../program.ts'
import type { AdapterInstructions } from './instructions.ts'
import { maxInstructionBytes, readInstructions } from './instructions.ts'
import { serveDriver } from './serve.ts'

const supervisorGone = new AbortController()

function readTask(): Promise<AdapterInstructions | null> {
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
    supervisorGone.abort()
  }
  process.stdin.on('end', gone)
  process.stdin.on('error', gone)
  return promise
}

const instructions = await readTask()
if (instructions === null) {
  process.stderr.write('adapter: no usable instructions on standard input\n')
  process.exit(2)
}
const reason = await serveDriver(instructions, { launch: launchInGroup, signal: supervisorGone.signal })
process.stderr.write(`adapter: ${reason}\n`)
process.exit(1)
