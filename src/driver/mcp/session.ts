/**
 * A server as the adapter uses it, whatever revision it speaks. Above this interface nothing knows eras: a
 * call is a selector and argument bytes, its answer is bytes, and what a server asks or tells on the way goes
 * to the call it belongs to. The legacy and the modern session are its two implementations.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { LogLevel } from '../../mcp/log-level.ts'
import type { Era } from '../../mcp/revision.ts'
import type { Definition } from '../definition.ts'

/** What a server says it is. Shown to people, believed by nobody. */
export interface ServerInfo {
  readonly name: string
  readonly version: string
  readonly revision: string
}

/** What negotiation found. */
export interface Negotiated {
  readonly era: Era
  readonly info: ServerInfo
  /** As the server declared them. */
  readonly capabilities: JsonObject
}

/** How a call ended. `lost`: the server is gone and nobody knows what it did. */
export type CallAnswer =
  | { readonly outcome: 'done'; readonly result: Uint8Array }
  | {
      readonly outcome: 'failed'
      readonly reason: string
      readonly result: Uint8Array
      /** `error`: the result is a JSON-RPC error object. */
      readonly form: 'error' | null
    }
  /** It left, its answer did not come, and the server lives on: nobody can know what became of it. */
  | { readonly outcome: 'in-doubt'; readonly reason: string }
  | { readonly outcome: 'lost'; readonly reason: string }

/** How a question that a server asked ended. The result is one strict JSON object. */
export type AskAnswer =
  | { readonly kind: 'answered'; readonly result: Uint8Array }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly needed: string }

/** How far a call is. */
export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** A log message; `data` is one JSON text. */
export interface LogLine {
  readonly level: LogLevel
  readonly logger: string | null
  readonly data: Uint8Array
}

/** Whoever made a call. Called synchronously; must not throw. */
export interface Caller {
  progress(progress: Progress): void
  log(line: LogLine): void
  /** The server let go of its connection until it has more to say. */
  lull?(): void
  /** Passes a question on; aborting withdraws it. Never rejects. */
  ask(selector: ReverseSelector, params: Uint8Array, signal: AbortSignal, key?: string): Promise<AskAnswer>
}

/** A call to make. */
export interface DriverCall {
  readonly selector: string
  /** One strict JSON object without a byte below 0x20. */
  readonly args: Uint8Array
  /** What the caller can answer and the driver may ask in the course of this call. */
  readonly answers: readonly ReverseSelector[]
  readonly progress: boolean
  /** The least severe log messages wanted, or null for none. */
  readonly log: LogLevel | null
  readonly trace: string | null
  readonly caller: Caller
}

/** A call under way. */
export interface PendingCall {
  readonly answer: Promise<CallAnswer>
  /** Tells the server to stop and settles at once as failed: the server need not answer any more. */
  cancel(): void
}

/** One page of resources. */
export interface ResourcePage {
  readonly resources: readonly JsonObject[]
  readonly next: string | null
}

/** A list of which a server says that it changed. */
export type ServerList = 'tools' | 'prompts' | 'resources'

/** What a session tells about the server as a whole. Called synchronously; must not throw. */
export interface SessionOwner {
  /** What the server offers may have changed: it said that this list did. */
  definitionsChanged(list: ServerList): void
  resourceUpdated(uri: string): void
  resourcesChanged(): void
  /** The server asks outside of any call, which only `client/roots` allows. */
  ask(selector: ReverseSelector, params: Uint8Array, signal: AbortSignal): Promise<AskAnswer>
}

/** A server that has been negotiated with. */
export interface ServerSession extends Negotiated {
  /** Everything the server offers, sorted by selector, or why it cannot be accepted. */
  definitions(): Promise<Result<readonly Definition[], string>>
  /** One page of what `resources/list` gives. `cursor` is null or came from the page before. */
  resources(cursor: string | null): Promise<Result<ResourcePage, string>>
  call(call: DriverCall): PendingCall
  /** Begins to hear of changes. */
  listen(): void
  /** Nobody wants to hear of changes of this resource any more. */
  unsubscribe(uri: string): void
}
