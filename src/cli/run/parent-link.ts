/**
 * The agent's attachment, as the parent of a run: it makes the run's process, gives it what the agent holds, and says
 * when it ended. If this connection goes, nothing of the run is lost; only new children cannot be made.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { JsonObject } from '../../base/json.ts'
import type { HeldCapability, Refused } from '../../sdk/call.ts'
import { readCapabilities } from '../../sdk/capability-list.ts'
import { connectWire } from '../../wire/client.ts'
import type { Answer } from '../../wire/answer.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { numberOf, replied, textOf } from '../kernel-client.ts'

/** A child to be made. */
export interface ChildRequest {
  readonly name: string
  /** SHA-256 in hex of the child's token. */
  readonly tokenDigest: string
  /** What holds it, for the record; at most 1,024 characters. */
  readonly boundary: string
}

/** An attachment of the agent. A refusal is a CommandFailure unless something else is said. */
export interface ParentLink {
  readonly agent: number
  readonly process: number
  readonly name: string
  held(): Promise<readonly HeldCapability[]>
  /** Makes a child process and returns its id. */
  spawn(child: ChildRequest): Promise<number>
  /** Gives the child what `handle` holds, no more; or says why not. Returns the new capability. */
  derive(handle: number, child: number): Promise<{ readonly capability: number } | Refused>
  /** Takes back a capability that was derived from one of its own. A refusal means that it is dead already. */
  revoke(capability: number): Promise<void>
  /** Says that a child ended. A refusal means that it is over already. */
  end(child: number, reason: string): Promise<void>
  close(): void
}

/** Attaches with the agent's token. */
export async function attachParent(paths: HomePaths, token: string): Promise<ParentLink> {
  const connected = await connectWire(paths.agentSocket, { protocol: 1, token })
  if (!connected.ok) {
    if (connected.error.reason === 'turned-away')
      throw usageFailure(
        'the kernel does not know this token',
        'it may be another agent’s, or of another home',
      )
    throw new CommandFailure(exitCodes.unreachable, connected.error.message, 'run: custos status')
  }
  const wire = connected.value
  const ask = async (header: JsonObject, body?: JsonObject): Promise<JsonObject> =>
    replied(await wire.request(header, body === undefined ? undefined : Buffer.from(JSON.stringify(body))))
      .header
  return {
    agent: numberOf(wire.welcome, 'agent'),
    process: numberOf(wire.welcome, 'process'),
    name: textOf(wire.welcome, 'name'),
    async held() {
      const { body } = replied(await wire.request({ op: 'capabilities' }))
      return readCapabilities(parseForeignJson(new TextDecoder().decode(body)))
    },
    async spawn({ name, tokenDigest, boundary }) {
      return numberOf(await ask({ op: 'spawn', name, tokenDigest, boundary }), 'process')
    },
    async derive(handle, child) {
      const answer: Answer = await wire.request({ op: 'derive', handle, holder: child }, Buffer.from('{}'))
      if (answer.kind === 'refusal') return answer.refusal
      return { capability: numberOf(replied(answer).header, 'capability') }
    },
    async revoke(capability) {
      await quietly(wire.request({ op: 'revoke', capability }))
    },
    async end(child, reason) {
      await quietly(wire.request({ op: 'end', process: child, reason }))
    },
    close: () => wire.close(),
  }
}

/** Waits for an answer whatever it is, unless there is none. */
async function quietly(asked: Promise<Answer>): Promise<void> {
  const answer = await asked
  if (answer.kind !== 'refusal') replied(answer)
}
