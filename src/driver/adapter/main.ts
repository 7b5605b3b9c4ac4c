/**
 * The adapter process: one unmodified MCP server on one side, the kernel's wire on the other. It is started
 * by the supervisor inside a containment and told its task on standard input, which stays open for as long
 * as the supervisor lives. The server runs inside a boundary of its own, on the rung that the supervisor found.
 * Whatever goes wrong, it says why on standard error and exits; it repairs nothing.
 */
import { flushCompileCache } from 'node:module'
import { confinerOn } from '../../sandbox/ladder.ts'
import { rungs, rungVariable } from '../../sandbox/rungs.ts'
import type { Confiner, Rung } from '../../sandbox/boundary.ts'
import { confinedLaunch } from '../confined-program.ts'
import type { LaunchProgram } from '../program.ts'
import { stateFolder } from '../state-folder.ts'
import type { DriverEgress } from './driver-egress.ts'
import type { AdapterInstructions } from './instructions.ts'
import { notHeld } from './not-held.ts'
import { serveDriver } from './serve.ts'
import { readTask } from './task.ts'
import type { WarmDriver } from './warm-drivers.ts'
import { egressOf, WarmDrivers, wayOf } from './warm-drivers.ts'

const supervisorGone = new AbortController()
// Who is killed writes nothing at its end, so what was compiled is kept as soon as everything is loaded.
setTimeout(() => flushCompileCache(), 2_000).unref()
/** Who has no task by now is the spare adapter, and does what takes time while nobody waits for it. */
const idleMs = 100

/** A program that nothing can hold is not started. */
function launcherOf(
  { rung, home, domain }: AdapterInstructions,
  warm: WarmDriver | null,
  egress: DriverEgress | null,
  authority: string,
): LaunchProgram {
  const confiner = warm?.confiner ?? (expected?.rung === rung ? expected : confinerNamed(rung))
  if (confiner?.rung !== rung) return notHeld
  const way = wayOf(egress, authority)
  return confinedLaunch({ confiner, home: stateFolder(home, domain), stderr: 'passed-on', ...way })
}

function confinerNamed(name: string | undefined): Confiner | null {
  const known: Rung | undefined = rungs.find((candidate) => candidate === name)
  return known === undefined ? null : confinerOn(known)
}

const expected = confinerNamed(process.env[rungVariable])
const idle = setTimeout(() => expected?.ready?.(), idleMs)
const say = (line: string): void => void process.stderr.write(`adapter: ${line}\n`)
const warmDrivers = new WarmDrivers(say)
const instructions = await readTask(
  () => supervisorGone.abort(),
  (expectation) => {
    // Where our own state lies, for whatever must not be shown to a program.
    process.env['CUSTOS_HOME'] = expectation.home
    warmDrivers.expect(expectation, expected?.rung === expectation.rung ? expected : null)
  },
)
clearTimeout(idle)
if (instructions === null) {
  process.stderr.write('adapter: no usable instructions on standard input\n')
  process.exit(2)
}
const { home, domain, program, rung } = instructions
process.env['CUSTOS_HOME'] = home
const warm = warmDrivers.choose(instructions)
if (program.protocol === 'domain') {
  const { serveSharedDomain } = await import('../domain/serve-shared-domain.ts')
  process.stderr.write(`adapter: ${await serveSharedDomain(instructions, program, supervisorGone.signal)}\n`)
  process.exit(1)
}
const isProgram = program.protocol === 'mcp-stdio'
const egress = warm?.egress ?? (isProgram ? egressOf(program, home, domain, say) : null)
const authority = (await egress?.authority()) ?? ''
const reason = await serveDriver(instructions, {
  launch: launcherOf(instructions, warm, egress, authority),
  signal: supervisorGone.signal,
  ...(isProgram ? { boundary: rung } : {}),
  ...(egress === null ? {} : { egress }),
})
egress?.close()
say(reason)
process.exit(1)
