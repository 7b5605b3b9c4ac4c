/**
 * Looks at a program once, before an operator signs it as a driver: starts it, asks what it offers, and
 * leaves nothing running. Nothing is called; whatever a program does merely by being started, it does.
 */
import type { DriverProgram, PinnedSelector } from '../kernel/manifest.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Definition } from './definition.ts'
import { pinSelector } from './definition.ts'
import { connectProgram } from './connection.ts'
import type { Connection } from './connection.ts'
import type { ServerInfo } from './mcp-attach.ts'
import { initialize, listDefinitions, offerLimits } from './mcp-attach.ts'
import type { LaunchProgram } from './program.ts'

/** What a probe found. */
export interface DriverOffer {
  readonly selectors: readonly PinnedSelector[]
  readonly definitions: readonly Definition[]
  readonly serverInfo: ServerInfo
}

/** Why there is no offer. `stderr` is the end of what the program wrote for people. */
export interface ProbeFailure {
  readonly message: string
  readonly stderr: string
}

/** How to probe. `launch` should contain the program: it is about to be trusted, and is not yet. */
export interface ProbeOptions {
  readonly launch: LaunchProgram
  readonly timeoutMs?: number
}

const stderrTailBytes = 4096

/** Starts `program`, lists what it offers, and kills it. Takes at most `timeoutMs`, 30 seconds by default. */
export async function probeDriver(
  program: DriverProgram,
  options: ProbeOptions,
): Promise<Result<DriverOffer, ProbeFailure>> {
  const running = options.launch(program)
  let stderr = ''
  running.stderr?.on('data', (chunk: Uint8Array) => {
    stderr = (stderr + Buffer.from(chunk).toString('latin1')).slice(-stderrTailBytes)
  })
  const connection = connectProgram(running, () => {})
  const timeoutMs = options.timeoutMs ?? offerLimits.startMs
  const timer = setTimeout(
    () => connection.close(`the program was not ready within ${timeoutMs} ms`),
    timeoutMs,
  )
  try {
    const offer = await askForOffer(connection)
    if (offer.ok) return offer
    return err({ message: offer.error, stderr: Buffer.from(stderr, 'latin1').toString() })
  } finally {
    clearTimeout(timer)
    connection.close('the probe is over')
    running.kill()
    await running.exited
  }
}

async function askForOffer(connection: Connection): Promise<Result<DriverOffer, string>> {
  const info = await initialize(connection.session)
  if (!info.ok) return info
  const definitions = await listDefinitions(connection.session)
  if (!definitions.ok) return definitions
  return ok({
    selectors: definitions.value.map(pinSelector),
    definitions: definitions.value,
    serverInfo: info.value,
  })
}
