/**
 * The supervisor's end of a kernel's descriptor 3. What the kernel says is turned into inputs of the plan; what it
 * says wrongly ends the link, and with it that kernel. Nothing here waits for an answer before anything else is done.
 */
import type { Socket } from 'node:net'
import type { JsonObject } from '../base/json.ts'
import type { Answer } from '../wire/answer.ts'
import type { WireClient } from '../wire/client.ts'
import { greet } from '../wire/client.ts'
import { connectionOf } from '../wire/connection.ts'
import type { HaltTimes } from './halt-clock.ts'
import type { Speaker } from './kernel-notice.ts'
import { innerScopeJson, readNotice } from './kernel-notice.ts'
import type { InnerScope } from './scope.ts'
import type { Statement } from './statement-store.ts'
import type { CarriedOutHalt, HaltRecord, Input } from './supervision.ts'
import { supervision } from './supervision.ts'

/** A line to one incarnation of a domain's kernel. */
export interface KernelLink {
  readonly incarnation: number
  /** Asks whether it lives; the answer is an input. */
  ping(): void
  /** Tells of a halt inside its domain; that it is in force there is an input. */
  tellHalt(scope: InnerScope, record: HaltRecord): void
  /** Tells what such a halt did. */
  reportHalt(scope: InnerScope, halt: CarriedOutHalt & Partial<HaltTimes>): void
  /** Asks anything; resolves with the answer, or null while the kernel does not serve. */
  ask(header: JsonObject, body?: Uint8Array): Promise<Answer | null>
}

/** What a link tells. */
export interface KernelLinkOwner {
  input(input: Input): void
  /** The sovereign's kernel has something for another domain's, or a member's has something for the sovereign's. */
  post(header: JsonObject, body: Uint8Array): void
  /** The link is over; a kernel without one is of no use. */
  broken(reason: string): void
}

/** What a kernel is told first. */
export interface FirstWords {
  readonly halt: (CarriedOutHalt & Partial<HaltTimes>) | null
  readonly inner: readonly {
    readonly scope: InnerScope
    readonly halt: CarriedOutHalt & Partial<HaltTimes>
  }[]
  /** What the probe found that programs can be held with, as it said it; null when it said nothing. */
  readonly boundary: JsonObject | null
  /** The newest statement to a member. */
  readonly statement: Statement | null
}

/** Opens the conversation with a kernel that was just started. */
export function linkKernel(
  pipe: Socket,
  speaker: Speaker,
  words: FirstWords,
  owner: KernelLinkOwner,
): KernelLink {
  let client: WireClient | null = null
  const open = async (): Promise<void> => {
    const timeoutMs = supervision.kernelStartMs * 2
    const body = Buffer.from(JSON.stringify(bodyOf(words)))
    const greeted = await greet(connectionOf(pipe), helloOf(words), { timeoutMs, body, onNotice })
    if (!greeted.ok) return owner.broken(greeted.error.message)
    client = greeted.value
    owner.input({ kind: 'serving', ...speaker })
    owner.broken((await client.closed).reason)
  }
  const onNotice = (header: JsonObject, body: Uint8Array): void => {
    if (header['event'] === 'statement' || header['event'] === 'acknowledged') return owner.post(header, body)
    const news = readNotice(header, body, speaker)
    if (news === 'unreadable') owner.broken(`its notice ${JSON.stringify(header['event'])} cannot be read`)
    else if (news !== null) owner.input(news)
  }
  const ask = async (header: JsonObject, body?: Uint8Array): Promise<Answer | null> =>
    (await client?.request(header, body)) ?? null
  const whenReplied = async (header: JsonObject, input: Input): Promise<void> => {
    if ((await ask(header))?.kind === 'reply') owner.input(input)
  }
  void open()
  return {
    incarnation: speaker.incarnation,
    ping: () => void whenReplied({ op: 'ping' }, { kind: 'pong', ...speaker }),
    tellHalt: (scope, record) =>
      void whenReplied(
        { op: 'halt', scope: innerScopeJson(scope), ...record },
        { kind: 'halt-confirmed', ...speaker, scope },
      ),
    reportHalt: (scope, halt) => void ask({ op: 'halt-report', scope: innerScopeJson(scope), ...halt }),
    ask,
  }
}

function helloOf({ halt, boundary, statement }: FirstWords): JsonObject {
  return {
    halt: halt === null ? null : { ...halt },
    boundary,
    statement: statement === null ? null : { signature: statement.signature },
  }
}

/** What may be longer than a header. */
function bodyOf({ inner, statement }: FirstWords): JsonObject {
  const halts = inner.map(({ scope, halt }) => ({ scope: innerScopeJson(scope), ...halt }))
  return { halts, statement: statement?.text ?? null }
}
