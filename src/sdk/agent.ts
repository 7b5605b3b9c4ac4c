/**
 * An agent's end of its attachment to the kernel. Everything it does is a request that the kernel may
 * refuse; there is no other way out of an agent process that this module could offer.
 *
 * @example
 * const agent = await connectAgent()             // CUSTOS_TOKEN and CUSTOS_HOME from the environment
 * const read = agent.tool('files', 'read_text_file')
 * const answer = await read({ path: '/data/notes.txt' })
 * if (answer.ok) console.log(answer.outcome, answer.result)
 * else console.log(answer.refusal.code, answer.refusal.needed)
 * agent.close()
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseForeignJson } from '../base/foreign-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Answer } from '../wire/answer.ts'
import type { WireClient } from '../wire/client.ts'
import { connectWire } from '../wire/client.ts'
import type {
  AuthorityAnswer,
  CallAnswer,
  CallOutcome,
  CallRequest,
  HeldCapability,
  ProgressNotice,
  Refused,
} from './call.ts'
import { readCapabilities, readDefinitions } from './capability-list.ts'
import { ConnectionLost } from './connection-lost.ts'

/** Where and as whom to attach. Everything has a default from the environment. */
export interface ConnectOptions {
  /** The agent socket. Default: `CUSTOS_SOCKET`, or `run/agent.sock` in the home. */
  readonly socket?: string
  /** The attachment token. Default: `CUSTOS_TOKEN`. It says who the agent is and carries no authority. */
  readonly token?: string
  /** The home folder. Default: `CUSTOS_HOME`, or `~/.custos`. */
  readonly home?: string
}

/** An attached agent. */
export interface Agent {
  readonly name: string
  readonly agent: number
  readonly process: number
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>
  /** What this agent holds now. Throws ConnectionLost only. */
  capabilities(): Promise<readonly HeldCapability[]>
  /**
   * The definitions (for MCP drivers: name, description, input schema) of what may be called on a driver, to
   * show to a model. Nothing else of the driver is told. Empty when nothing is held on it.
   */
  definitions(
    driver: string | number,
  ): Promise<readonly { readonly selector: string; readonly definition: Json }[]>
  /** Asks for one effect. A refusal is an answer; throws ConnectionLost only. */
  call(request: CallRequest): Promise<CallAnswer>
  /** A function for one tool of one driver. */
  tool(
    driver: string | number,
    name: string,
  ): (args?: { readonly [name: string]: Json }) => Promise<CallAnswer>
  /**
   * Makes a narrower capability from one that is held. `caveats` may only narrow; the form is that of
   * docs/wire.md. The new capability goes to `holder` (a process), or stays here.
   */
  derive(
    handle: number,
    caveats: JsonObject,
    holder?: number,
  ): Promise<AuthorityAnswer<{ readonly capability: number; readonly handle: number; readonly seq: number }>>
  /** Puts a held capability into the hands of another process, for good: nothing of it stays here. */
  move(handle: number, holder: number): Promise<AuthorityAnswer<{ readonly seq: number }>>
  /** Gives up a held capability, or takes back one that was derived from it, with everything below. */
  revoke(capability: number): Promise<AuthorityAnswer<{ readonly seq: number }>>
  close(): void
}

/** Attaches to the kernel. Throws ConnectionLost when nothing answers or the token is not known. */
export async function connectAgent(options: ConnectOptions = {}): Promise<Agent> {
  const token = options.token ?? process.env['CUSTOS_TOKEN'] ?? ''
  if (token === '') throw new ConnectionLost('no token: set CUSTOS_TOKEN or pass one', false)
  const socket = options.socket ?? (options.home === undefined ? process.env['CUSTOS_SOCKET'] : undefined)
  const wire = await connectWire(socket ?? agentSocket(options.home), { protocol: 1, token })
  if (!wire.ok) throw new ConnectionLost(wire.error.message, false)
  return agentOver(wire.value)
}

function agentSocket(home: string | undefined): string {
  return join(home ?? process.env['CUSTOS_HOME'] ?? join(homedir(), '.custos'), 'run', 'agent.sock')
}

function agentOver(wire: WireClient): Agent {
  const objects = new Map<string, number>()

  async function capabilities(): Promise<readonly HeldCapability[]> {
    const answer = reached(await wire.request({ op: 'capabilities' }))
    if (answer.kind === 'refusal') return []
    const held = readCapabilities(parsed(answer.body))
    for (const capability of held) objects.set(capability.name, capability.object)
    return held
  }

  async function objectOf(name: string): Promise<number | null> {
    if (!objects.has(name)) await capabilities()
    return objects.get(name) ?? null
  }

  async function call(request: CallRequest): Promise<CallAnswer> {
    const header = await callHeader(request, objectOf)
    if (!header.ok) return { ok: false, refusal: header.error }
    const { onHeld, onProgress, signal } = request
    const answer = await wire.request(header.value, argumentBytes(request.arguments ?? {}), {
      ...(signal === undefined ? {} : { signal }),
      onNotice(notice: JsonObject) {
        if (notice['event'] === 'held') onHeld?.(heldNotice(notice))
        if (notice['event'] === 'progress') onProgress?.(progressNotice(notice))
      },
    })
    if (answer.kind === 'unsent' && signal?.aborted === true) return withdrawn
    return callAnswer(reached(answer))
  }

  return {
    name: textIn(wire.welcome, 'name'),
    agent: numberIn(wire.welcome, 'agent'),
    process: numberIn(wire.welcome, 'process'),
    closed: wire.closed.then(() => undefined),
    capabilities,
    call,
    async definitions(driver) {
      const object = typeof driver === 'string' ? await objectOf(driver) : driver
      if (object === null) return []
      const answer = reached(await wire.request({ op: 'definitions', object }))
      return answer.kind === 'refusal' ? [] : readDefinitions(parsed(answer.body))
    },
    tool: (driver, name) => (args) =>
      call({ object: driver, selector: `tools/${name}`, ...(args === undefined ? {} : { arguments: args }) }),
    async derive(handle, caveats, holder) {
      const header = { op: 'derive', handle, ...(holder === undefined ? {} : { holder }) }
      const answer = reached(await wire.request(header, argumentBytes(caveats)))
      if (answer.kind === 'refusal') return { ok: false, refusal: answer.refusal }
      const made = answer.header
      const value = {
        capability: numberIn(made, 'capability'),
        handle: numberIn(made, 'handle'),
        seq: numberIn(made, 'seq'),
      }
      return { ok: true, value }
    },
    async move(handle, holder) {
      const answer = reached(await wire.request({ op: 'move', handle, holder }))
      if (answer.kind === 'refusal') return { ok: false, refusal: answer.refusal }
      return { ok: true, value: { seq: numberIn(answer.header, 'seq') } }
    },
    async revoke(capability) {
      const answer = reached(await wire.request({ op: 'revoke', capability }))
      if (answer.kind === 'refusal') return { ok: false, refusal: answer.refusal }
      return { ok: true, value: { seq: numberIn(answer.header, 'seq') } }
    },
    close: () => wire.close(),
  }
}

async function callHeader(
  request: CallRequest,
  objectOf: (name: string) => Promise<number | null>,
): Promise<Result<JsonObject, Refused>> {
  const { handle, object, selector, onProgress, trace, deadlineMs } = request
  const asked = {
    op: 'call',
    selector,
    ...(onProgress === undefined ? {} : { progress: true }),
    ...(trace === undefined ? {} : { trace }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  }
  if (handle !== undefined) return ok({ ...asked, handle })
  const target = typeof object === 'string' ? await objectOf(object) : (object ?? null)
  if (target !== null) return ok({ ...asked, object: target })
  return err({
    code: 'not-held',
    message: `This agent holds nothing on ${object === undefined ? 'an unnamed object' : JSON.stringify(object)}.`,
    needed: 'A grant by an operator.',
    seq: null,
  })
}

/** A call that was withdrawn while it still waited for its turn on the connection: nobody ever saw it. */
const withdrawn: CallAnswer = {
  ok: true,
  outcome: 'cancelled',
  result: null,
  resultBytes: new Uint8Array(),
  reason: 'withdrawn before it was sent',
  comment: '',
  seq: 0,
  call: 0,
}

function argumentBytes(given: { readonly [name: string]: Json } | Uint8Array): Uint8Array {
  return given instanceof Uint8Array ? given : new TextEncoder().encode(JSON.stringify(given))
}

/** The answer, or a throw when there is none. */
function reached(answer: Answer): Extract<Answer, { readonly kind: 'reply' | 'refusal' }> {
  if (answer.kind === 'lost' || answer.kind === 'unsent') {
    throw new ConnectionLost(answer.reason, answer.kind === 'lost')
  }
  return answer
}

function callAnswer(answer: Extract<Answer, { readonly kind: 'reply' | 'refusal' }>): CallAnswer {
  if (answer.kind === 'refusal') return { ok: false, refusal: answer.refusal }
  const { header, body } = answer
  return {
    ok: true,
    outcome: textIn(header, 'outcome') as CallOutcome,
    result: parsed(body),
    resultBytes: body,
    reason: textIn(header, 'reason'),
    comment: textIn(header, 'comment'),
    seq: numberIn(header, 'seq'),
    call: numberIn(header, 'call'),
  }
}

function heldNotice(notice: JsonObject): Parameters<NonNullable<CallRequest['onHeld']>>[0] {
  const demands = notice['demands']
  return {
    call: numberIn(notice, 'call'),
    seq: numberIn(notice, 'seq'),
    expiresAt: numberIn(notice, 'expiresAt'),
    demands: Array.isArray(demands) ? demands.filter((demand: Json) => typeof demand === 'string') : [],
  }
}

function progressNotice(notice: JsonObject): ProgressNotice {
  const { total } = notice
  const isKnown = typeof total === 'number'
  return {
    progress: numberIn(notice, 'progress'),
    total: isKnown ? total : null,
    message: textIn(notice, 'message'),
  }
}

/** Bytes as JSON, or null: what a driver answers is its own affair and need not be strict. */
function parsed(bytes: Uint8Array): Json {
  if (bytes.length === 0) return null
  try {
    return parseForeignJson(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}

function numberIn(header: JsonObject, name: string): number {
  const value = header[name]
  return typeof value === 'number' ? value : 0
}

function textIn(header: JsonObject, name: string): string {
  const value = header[name]
  return typeof value === 'string' ? value : ''
}
