/**
 * The adapter process: one unmodified MCP server on one side, the kernel's wire on the other. It is started
 * by the supervisor inside a containment and told its task on standard input, which stays open for as long
 * as the supervisor lives. The server runs inside a boundary of its own, on the rung that the supervisor found.
 * Whatever goes wrong, it says why on standard error and exits; it repairs nothing.
 */
import { flushCompileCache } from 'node:module'
import { confinerOn, rungs, rungVariable } from '../../sandbox/ladder.ts'
import type { Confiner, Rung } from '../../sandbox/boundary.ts'
import { socketFolder } from '../../wire/socket-folder.ts'
import { confinedLaunch } from '../confined-program.ts'
import type { LaunchProgram } from '../program.ts'
import { stateFolder } from '../state-folder.ts'
import type { DriverEgress } from './driver-egress.ts'
import { driverEgress } from './driver-egress.ts'
import type { AdapterInstructions } from './instructions.ts'
import { notHeld } from './not-held.ts'
import { serveDriver } from './serve.ts'
import { readTask } from './task.ts'

const supervisorGone = new AbortController()
// Who is killed writes nothing at its end, so what was compiled is kept as soon as everything is loaded.
setTimeout(() => flushCompileCache(), 2_000).unref()
/** Who has no task by now is the spare adapter, and does what takes time while nobody waits for it. */
const idleMs = 100

/** A program that nothing can hold is not started. */
function launcherOf(
  { rung, home, domain }: AdapterInstructions,
  egress: DriverEgress | null,
  authority: string,
): LaunchProgram {
  const confiner = expected?.rung === rung ? expected : confinerNamed(rung)
  if (confiner === null) return notHeld
  const trust = authority === '' ? {} : { authority }
  const way = egress === null ? {} : { egress: egress.socket, ...trust }
  return confinedLaunch({ confiner, home: stateFolder(home, domain), stderr: 'passed-on', ...way })
}

function confinerNamed(name: string | undefined): Confiner | null {
  const known: Rung | undefined = rungs.find((candidate) => candidate === name)
  return known === undefined ? null : confinerOn(known)
}

const expected = confinerNamed(process.env[rungVariable])
const idle = setTimeout(() => expected?.ready?.(), idleMs)
const instructions = await readTask(() => supervisorGone.abort())
clearTimeout(idle)
if (instructions === null) {
  process.stderr.write('adapter: no usable instructions on standard input\n')
  process.exit(2)
}
const { home, domain, program, rung } = instructions
// Where our own state lies, for whatever must not be shown to the program.
process.env['CUSTOS_HOME'] = home
if (program.protocol === 'domain') {
  const { serveSharedDomain } = await import('../domain/serve-shared-domain.ts')
  process.stderr.write(`adapter: ${await serveSharedDomain(instructions, program, supervisorGone.signal)}\n`)
  process.exit(1)
}
const wantsNetwork = program.protocol === 'mcp-stdio' && program.boundary?.network === true
const say = (line: string): void => void process.stderr.write(`adapter: ${line}\n`)
const egress = wantsNetwork ? driverEgress(socketFolder(home, domain), say) : null
const authority = (await egress?.authority()) ?? ''
const reason = await serveDriver(instructions, {
  launch: launcherOf(instructions, egress, authority),
  signal: supervisorGone.signal,
  ...(program.protocol === 'mcp-stdio' ? { boundary: rung } : {}),
  ...(egress === null ? {} : { egress }),
})
egress?.close()
say(reason)
process.exit(1)
