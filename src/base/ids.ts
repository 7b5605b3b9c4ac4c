/**
 * Branded identifiers. Every id is a positive safe integer allocated from a ledger counter and never
 * reused; 0 is nobody. Agents, processes, drivers and operators are all objects and share one counter,
 * so an id alone names one thing for ever.
 */
/* oxlint-disable typescript/no-unnecessary-type-parameters -- a brand exists only in its caller's eyes, so `id` uses its parameter once */

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: { readonly [K in Name]: true } }

/** Position of an event in its domain's ledger; the first event is 1. */
export type Seq = Brand<number, 'Seq'>
/** Anything a capability can name. */
export type ObjectId = Brand<number, 'ObjectId'>
/** A process: the holder of capabilities. */
export type ProcessId = ObjectId & Brand<number, 'ProcessId'>
/** A named identity whose standing process acts. */
export type AgentId = ObjectId & Brand<number, 'AgentId'>
/** A driver: an object served from another OS process. */
export type DriverId = ObjectId & Brand<number, 'DriverId'>
/** A human with keys. */
export type OperatorId = ObjectId & Brand<number, 'OperatorId'>
/** A node of the derivation tree. */
export type CapabilityId = Brand<number, 'CapabilityId'>
/** One syscall that reached `held` or `admitted`. */
export type CallId = Brand<number, 'CallId'>
/** A small integer meaningful only in one process's table. */
export type Handle = Brand<number, 'Handle'>
/** Instant in milliseconds since the Unix epoch, as the ledger saw it. */
export type Instant = Brand<number, 'Instant'>

/** Brands a number that is known to be a valid id of the wanted kind. Parse first at trust boundaries. */
export function id<T extends number>(value: number): T {
  return value as T
}
