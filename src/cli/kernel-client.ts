/**
 * The operator's connection to the kernel: queries, and signed orders. It carries no authority; the kernel
 * checks the signature of every order by itself.
 */
import { parseForeignJson } from '../base/foreign-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Answer } from '../wire/answer.ts'
import type { WireClient } from '../wire/client.ts'
import { connectWire } from '../wire/client.ts'
import { CommandFailure, exitCodes, refusedFailure, unreachableFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import { checkSocketPath } from './home.ts'
import type { OrderGround, SignedRecord } from './order.ts'

/** How long a kernel that is being restarted is waited for. */
const restartMs = 5_000
const retryMs = 100

/** What the kernel can be asked. */
export type QueryName =
  | 'status'
  | 'operators'
  | 'proposals'
  | 'domains'
  | 'subjects'
  | 'holds'
  | 'agents'
  | 'processes'
  | 'drivers'
  | 'capabilities'
  | 'approvals'
  | 'calls'

/** An open connection to `operator.sock`. */
export interface KernelClient {
  readonly ground: OrderGround
  /** The answer to a query, decoded. Throws a CommandFailure when there is none. */
  query(what: QueryName): Promise<Json>
  /** The answer to a question about one request, whose argument bytes are `body`. */
  ask(question: JsonObject, body: Uint8Array): Promise<Json>
  /** Says who is about to read which payloads, and what for; returns once that is recorded. */
  read(reading: JsonObject): Promise<void>
  /** Sends a signed order and returns what it made. A refusal becomes a CommandFailure. */
  order(signed: SignedRecord, answer?: string): Promise<JsonObject>
  close(): void
}

/** Connects, waiting a little while a running supervisor restarts the kernel; or fails with exit code 3. */
export async function connectKernel(paths: HomePaths): Promise<KernelClient> {
  const deadline = Date.now() + restartMs
  for (;;) {
    const kernel = await tryKernel(paths)
    if (kernel.ok) return kernel.value
    const supervisor = await connectWire(paths.supervisorSocket, { protocol: 1 })
    if (!supervisor.ok) {
      throw unreachableFailure(`nothing runs in ${paths.home} (${kernel.error})`, 'start it with: custos up')
    }
    supervisor.value.close()
    if (Date.now() > deadline) {
      throw unreachableFailure(
        `the supervisor runs in ${paths.home}, but the kernel does not serve (${kernel.error})`,
        `see custos ps and ${paths.kernelLog}; custos down and custos up try again`,
      )
    }
    await new Promise((resolve) => void setTimeout(resolve, retryMs))
  }
}

/** Connects once, or says why not. */
export async function tryKernel(paths: HomePaths): Promise<Result<KernelClient, string>> {
  checkSocketPath(paths)
  const connected = await connectWire(paths.operatorSocket, { protocol: 1 })
  if (!connected.ok) return err(connected.error.message)
  const wire = connected.value
  const { domain, policyVersion, canonVersion } = wire.welcome
  if (typeof domain !== 'string' || typeof policyVersion !== 'string' || typeof canonVersion !== 'number') {
    wire.close()
    throw new CommandFailure(exitCodes.fault, 'the kernel’s welcome is not one this version understands')
  }
  return ok({
    ground: { domain, policyVersion, canonVersion },
    query: (what) => queryAll(wire, what),
    ask: async (question, body) =>
      decoded(replied(await wire.request({ op: 'query', ...question }, body)).body),
    async read(reading) {
      replied(await wire.request({ op: 'read', ...reading }, new Uint8Array(0)))
    },
    async order({ text, signature }, answer) {
      const beside = answer === undefined ? {} : { answer }
      return replied(await wire.request({ op: 'order', signature, ...beside }, Buffer.from(text))).header
    },
    close: () => wire.close(),
  })
}

/** All pages of a view, joined. */
async function queryAll(wire: WireClient, what: QueryName): Promise<Json> {
  const items: Json[] = []
  let after = 0
  for (;;) {
    const { header, body } = replied(await wire.request({ op: 'query', what, after }))
    const page = decoded(body)
    if (!Array.isArray(page)) return page
    items.push(...(page as readonly Json[]))
    const next = header['next']
    if (typeof next !== 'number' || next <= after) return items
    after = next
  }
}

function decoded(body: Uint8Array): Json {
  try {
    return parseForeignJson(new TextDecoder().decode(body))
  } catch {
    throw new CommandFailure(exitCodes.fault, 'the kernel’s answer is not JSON')
  }
}

/** The reply, or the failure that another answer is. */
export function replied(answer: Answer): Extract<Answer, { readonly kind: 'reply' }> {
  switch (answer.kind) {
    case 'reply':
      return answer
    case 'refusal':
      throw refusedFailure(answer.refusal)
    case 'unsent':
      throw unreachableFailure(
        `the connection ended before the request was sent: ${answer.reason}`,
        'try again',
      )
    case 'lost':
      throw unreachableFailure(
        `the connection ended before the answer: ${answer.reason}`,
        'it may have been done: look with custos ledger tail before you repeat it',
      )
  }
}

/** The entries of a list answer; nothing when it is not a list. */
export function listOf(answer: Json): readonly JsonObject[] {
  return Array.isArray(answer) ? answer.filter((entry: Json) => isJsonObject(entry)) : []
}

/** A member that must be a number; 0 when it is not. */
export function numberOf(entry: JsonObject, name: string): number {
  const value = entry[name]
  return typeof value === 'number' ? value : 0
}

/** A member that must be text; empty when it is not. */
export function textOf(entry: JsonObject, name: string): string {
  const value = entry[name]
  return typeof value === 'string' ? value : ''
}
