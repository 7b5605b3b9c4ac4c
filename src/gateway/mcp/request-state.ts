/**
 * What a modern client is given to carry between two rounds of one call. The client and everyone on its way
 * may read, change, swap and repeat it, so the text says nothing and proves everything: it is encrypted and
 * authenticated, names the call it belongs to, and opens once, for the agent it was given to, with the request
 * it answered, until it expires. What a server says about its own state never travels in it: that stays with
 * the call, on this side.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { invariant } from '../../base/fault.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { SpentNonces } from './spent-nonces.ts'

/** How long a client may take for one round, in milliseconds. */
export const stateLifetimeMs: number = 10 * 60_000

/** The longest text that is looked at, in characters; what is sealed here stays below it. */
const textLimit = 1_024
const callLimit = 128

/** Who may present a state, and with which request. */
export interface StateBinding {
  /** Digest of the token that the agent attached with. */
  readonly agent: string
  /** `requestDigest` of the request that is answered with the state, and of the one that brings it back. */
  readonly request: string
}

/**
 * Why a state does not open. Agents are told no more than that it is not valid any more; the difference is for
 * logs and tests, since naming it would help only somebody who guesses.
 */
export type StateProblem =
  | 'not-authentic' // not sealed here, or changed since
  | 'other-agent' // sealed for another agent
  | 'other-request' // sealed for another method or other parameters
  | 'expired'
  | 'spent' // opened before
  | 'too-many' // this agent, or all together, opened more than is remembered

/**
 * Digest of what must be the same in every round: the method, and the parameters as they were parsed strictly,
 * without those of the round.
 */
export function requestDigest(method: string, params: JsonObject): string {
  const { inputResponses: _, requestState: __, _meta: ___, ...rest } = params
  return sha256Hex(canonicalJson([method, rest]))
}

/** Seals and opens states under one key, which lives as long as this object does. */
export class RequestStates {
  readonly #key: Uint8Array
  readonly #now: () => number
  readonly #spent: SpentNonces

  /** `key` is 32 secret bytes; `now` is in milliseconds. */
  constructor(key: Uint8Array, now: () => number = Date.now) {
    invariant(key.length === 32, 'a key of AES-256 has 32 bytes')
    this.#key = key
    this.#now = now
    this.#spent = new SpentNonces(stateLifetimeMs)
  }

  /** A fresh state for the call known here as `call`, at most 128 characters. */
  seal(call: string, { agent, request }: StateBinding): string {
    invariant(call.length <= callLimit, 'a call is known by a short name')
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(purpose)
    const text = JSON.stringify([call, agent, request, this.#now() + stateLifetimeMs])
    const sealed = toBase64url(
      Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]),
    )
    invariant(sealed.length <= textLimit, 'a state is short enough to come back')
    return sealed
  }

  /** The call that `state` belongs to. It opens once; a failed attempt does not spend it. */
  open(state: string, binding: StateBinding): Result<string, StateProblem> {
    const bytes = state.length > textLimit ? null : fromBase64url(state)
    if (bytes === null || bytes.length < 12 + 16) return err('not-authentic')
    const nonce = bytes.subarray(0, 12)
    const text = this.#decrypt(nonce, bytes.subarray(12, -16), bytes.subarray(-16))
    if (text === null) return err('not-authentic')
    const [call, agent, request, expiresAt] = JSON.parse(text) as [string, string, string, number]
    const now = this.#now()
    if (agent !== binding.agent) return err('other-agent')
    if (request !== binding.request) return err('other-request')
    if (now >= expiresAt) return err('expired')
    const problem = this.#spent.spend(toBase64url(nonce), agent, now)
    return problem === null ? ok(call) : err(problem)
  }

  #decrypt(nonce: Uint8Array, sealed: Uint8Array, tag: Uint8Array): string | null {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce).setAAD(purpose).setAuthTag(tag)
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString()
    } catch {
      return null
    }
  }
}

/** Authenticated beside the content, so that nothing else sealed under this key could ever pass for a state. */
const purpose = Buffer.from('custos request state 1')
