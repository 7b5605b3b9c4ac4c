/**
 * The CLI's connection to the supervisor: what runs, halt, down, and starting an agent's program. Whoever
 * can reach this socket may stop things; only a signed resume starts them again.
 */
import { parseForeignJson } from '../base/foreign-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { WireClient } from '../wire/client.ts'
import { connectWire } from '../wire/client.ts'
import { unreachableFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import { checkSocketPath } from './home.ts'
import { replied } from './kernel-client.ts'

/** The answer to one request. */
export interface SupervisorAnswer {
  readonly header: JsonObject
  /** The body as JSON, or null when there is none. */
  readonly body: Json
}

/** Sends one request on a connection of its own. Fails with exit code 3 when no supervisor runs. */
export async function askSupervisor(
  paths: HomePaths,
  request: JsonObject,
  body?: Json,
): Promise<SupervisorAnswer> {
  const wire = await reachSupervisor(paths)
  if (wire === null) {
    throw unreachableFailure(`no supervisor answers in ${paths.home}`, 'start it with: custos up')
  }
  try {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const answer = replied(await (bytes === undefined ? wire.request(request) : wire.request(request, bytes)))
    const text = new TextDecoder().decode(answer.body)
    return { header: answer.header, body: text === '' ? null : parseForeignJson(text) }
  } finally {
    wire.close()
  }
}

/** A connection to the supervisor, or null when nobody answers. The caller closes it and may hear its notices. */
export async function reachSupervisor(
  paths: HomePaths,
  onNotice?: (header: JsonObject) => void,
): Promise<WireClient | null> {
  checkSocketPath(paths)
  const hello = { protocol: 1 }
  const connected = await connectWire(
    paths.supervisorSocket,
    hello,
    onNotice === undefined ? {} : { onNotice },
  )
  return connected.ok ? connected.value : null
}
