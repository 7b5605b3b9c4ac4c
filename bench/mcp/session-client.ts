/**
 * The adapter's own session with a server, in the measuring process: no kernel, no socket, nothing durable. What
 * the gated calls take beyond this is the gate and the way to it.
 */
import { launchInGroup } from '../../src/driver/program.ts'
import { meetServer } from '../../src/driver/mcp/meet-server.ts'
import type { Caller, SessionOwner } from '../../src/driver/mcp/session.ts'
import type { StdioProgram } from '../../src/kernel/manifest.ts'

/** A session that calls one tool. */
export interface SessionClient {
  /** Calls the tool once and makes sure that it is done. */
  readonly call: () => Promise<void>
  close(): Promise<void>
}

const noArguments = Buffer.from('{}')
const refused = { kind: 'refused', code: 'limit', message: 'nobody answers here', needed: '' } as const
const caller: Caller = { progress() {}, log() {}, ask: () => Promise.resolve(refused) }
const owner: SessionOwner = {
  definitionsChanged() {},
  resourceUpdated() {},
  resourcesChanged() {},
  ask: () => Promise.resolve(refused),
}

/** Starts the server and negotiates with it. */
export async function openSessionClient(program: StdioProgram, tool: string): Promise<SessionClient> {
  const stop = new AbortController()
  const met = await meetServer(program, { launch: launchInGroup, owner, signal: stop.signal })
  if (!met.ok) throw new Error(met.error)
  const { session, gone } = met.value
  const what = { selector: `tools/${tool}`, args: noArguments, answers: [], caller }
  return {
    async call() {
      const answer = await session.call({ ...what, progress: false, log: null, trace: null }).answer
      if (answer.outcome !== 'done') throw new Error(`the tool did not answer: ${answer.reason}`)
    },
    async close() {
      met.value.close('the measurement is over')
      await gone
    },
  }
}
