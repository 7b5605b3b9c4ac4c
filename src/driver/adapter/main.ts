/**
 * The adapter process: one unmodified MCP server on one side, the kernel's wire on the other. It is started
 * by the supervisor inside a containment and told its task on standard input, which stays open for as long
 * as the supervisor lives. Whatever goes wrong, it says why on standard error and exits; it repairs nothing.
 */
import { launchInGroup } from '../program.ts'
import { serveDriver } from './serve.ts'
import { readTask } from './task.ts'

const supervisorGone = new AbortController()
const instructions = await readTask(() => supervisorGone.abort())
if (instructions === null) {
  process.stderr.write('adapter: no usable instructions on standard input\n')
  process.exit(2)
}
const reason = await serveDriver(instructions, { launch: launchInGroup, signal: supervisorGone.signal })
process.stderr.write(`adapter: ${reason}\n`)
process.exit(1)
