/**
 * Looks at a server once, before an operator signs it as a driver: starts or reaches it, asks what it offers,
 * and leaves nothing running. Nothing is called; whatever a program does merely by being started, it does.
 */
import type { JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { DriverProgram, PinnedSelector, StdioProgram } from '../kernel/manifest.ts'
import type { Definition } from './definition.ts'
import { pinSelector } from './definition.ts'
import { meetServer } from './mcp/meet-server.ts'
import type { ServerInfo, SessionOwner } from './mcp/session.ts'
import { refusedHere } from './mcp/call-under-way.ts'
import type { LaunchProgram, RunningProgram } from './program.ts'

/** What a probe found. */
export interface DriverOffer {
  readonly selectors: readonly PinnedSelector[]
  readonly definitions: readonly Definition[]
  readonly serverInfo: ServerInfo
  /** The revision that was negotiated. */
  readonly revision: string
  /** What the server declares that it can do. */
  readonly capabilities: JsonObject
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

/** How long a server may take to say what it offers. */
export const startMs = 30_000

const stderrTailBytes = 4096

/** Starts or reaches `program`, lists what it offers, and ends it. Takes at most `timeoutMs`, 30 s by default. */
export async function probeDriver(
  program: DriverProgram,
  { launch, timeoutMs = startMs }: ProbeOptions,
): Promise<Result<DriverOffer, ProbeFailure>> {
  let stderr = ''
  const launchHeard = async (what: StdioProgram): Promise<RunningProgram> => {
    const running = await launch(what)
    stderr = ''
    running.stderr?.on('data', (chunk: Uint8Array) => {
      stderr = (stderr + Buffer.from(chunk).toString('latin1')).slice(-stderrTailBytes)
    })
    return running
  }
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(`the server was not ready within ${timeoutMs} ms`), timeoutMs)
  try {
    const offer = await askForOffer(program, launchHeard, stop.signal)
    return offer.ok ? offer : err({ message: offer.error, stderr: Buffer.from(stderr, 'latin1').toString() })
  } finally {
    clearTimeout(timer)
  }
}

async function askForOffer(
  program: DriverProgram,
  launch: LaunchProgram,
  signal: AbortSignal,
): Promise<Result<DriverOffer, string>> {
  const met = await meetServer(program, { launch, owner: uninterested, signal })
  if (!met.ok) return met
  const { session, gone } = met.value
  const definitions = await session.definitions()
  met.value.close('the probe is over')
  await gone
  if (!definitions.ok) return err(signal.aborted ? String(signal.reason) : definitions.error)
  return ok({
    selectors: definitions.value.map(pinSelector),
    definitions: definitions.value,
    serverInfo: session.info,
    revision: session.info.revision,
    capabilities: session.capabilities,
  })
}

/** A probe lasts too short for anything to change, and nobody answers. */
const uninterested: SessionOwner = {
  definitionsChanged() {},
  resourceUpdated() {},
  resourcesChanged() {},
  ask: () => Promise.resolve(refusedHere('the server is only being looked at')),
}
