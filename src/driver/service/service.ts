/**
 * What a service is: a driver of the system's own, which speaks the wire itself and needs no MCP server. It
 * offers definitions like any driver, holds no authority, and does what it is dispatched, when it is dispatched.
 */
import type { Json } from '../../base/json.ts'
import type { Definition } from '../definition.ts'

/** One dispatched call: judged, recorded, and not to be done before it arrives here. */
export interface ServiceCall {
  readonly call: number
  readonly selector: string
  /** Exactly the bytes that were judged. */
  readonly arguments: Uint8Array
  readonly badge: string | null
  /** The trace context that the requester gave. */
  readonly trace: string | null
  /** Aborts when the call is cancelled, its capability is revoked or its time is over. */
  readonly signal: AbortSignal
}

/** What became of it. */
export interface ServiceAnswer {
  readonly outcome: 'done' | 'failed' | 'in-doubt'
  readonly reason?: string
  /** Never holds secrets: it is recorded and goes to the requester. */
  readonly result: Json
}

/** A running service. */
export interface Service {
  readonly definitions: readonly Definition[]
  dispatch(call: ServiceCall): Promise<ServiceAnswer>
  /** Resolves with a reason when the service must end and be started anew, for example because its definitions changed. */
  readonly over: Promise<string>
  /** Ends everything under way. Idempotent. */
  close(): Promise<void>
}
