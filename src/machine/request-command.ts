/**
 * From the bytes of a request to the command that the kernel decides. One function, so that whoever only asks
 * what would happen (`custos can`) asks about exactly what an agent's request becomes.
 */
import { found } from '../base/fault.ts'
import type { CallId, Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Entropy } from '../base/ports.ts'
import { randomHex } from '../base/random-hex.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Payload } from '../kernel/event.ts'
import { subjectOf } from '../kernel/privacy/subject.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Vault } from '../ledger/port.ts'
import type { CallRequest } from './call-request.ts'
import type { Core, Untimed } from './core.ts'
import { saltedDigest } from './salt.ts'
import { sealable } from './sealable.ts'

/** The command that a request for an effect becomes. */
export type RequestCommand = Extract<Untimed, { readonly kind: 'call.request' }>

/** What a command is made with: the state says whom its arguments are about. */
export interface RequestPorts {
  readonly vault: Vault
  readonly entropy: Entropy
  readonly core: Pick<Core, 'state'>
}

/** The command, or the refusal of bytes that are not one strict, bounded JSON object. */
export function requestCommand(request: CallRequest, ports: RequestPorts): Result<RequestCommand, Refusal> {
  const parsed = parseStrictJson(request.bytes)
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    const message = parsed.ok ? 'Arguments must be one JSON object.' : parsed.error.message
    return err(refusal('bad-arguments', message, 'One strict, bounded JSON object.'))
  }
  return ok(new StrictRequest(request, parsed.value, ports))
}

/** A class, because what only a held call needs is not made for the many that are not. */
class StrictRequest {
  readonly kind = 'call.request'
  /** The core stamps it. */
  readonly at: Instant = id<Instant>(0)
  readonly process: CallRequest['process']
  readonly designation: CallRequest['designation']
  readonly selector: string
  readonly arguments: JsonObject
  readonly payload: Payload
  readonly within?: CallId
  readonly deadlineMs?: number
  readonly trace?: string
  readonly #vault: Vault
  readonly #entropy: Entropy
  #nonce: string | null = null

  constructor(
    { process, designation, selector, bytes, deadlineMs, notes, within }: CallRequest,
    values: JsonObject,
    { vault, entropy, core }: RequestPorts,
  ) {
    this.process = process
    this.designation = designation
    this.selector = selector
    this.arguments = values
    this.payload = sealable(vault, bytes, subjectOf(core.state, process, within))
    if (within !== undefined) this.within = within
    if (deadlineMs !== undefined) this.deadlineMs = deadlineMs
    if (notes !== undefined && notes.trace !== null) this.trace = notes.trace
    this.#vault = vault
    this.#entropy = entropy
  }

  /** Drawn when it is first asked for, and the same from then on. */
  get nonce(): string {
    this.#nonce ??= randomHex(this.#entropy, 16)
    return this.#nonce
  }

  saltedDigest(): string {
    const { bytes, subject = 0 } = this.payload
    return saltedDigest(this.#vault, this.nonce, found(bytes, 'a request has its bytes'), subject)
  }
}
