/**
 * Before an operator signs an approval, everything on the screen is tied to the digest that is signed: the
 * record is hashed again, and the record's own digest of the arguments is recomputed from the bytes shown.
 * A kernel that showed one thing and asked a signature for another would be caught here.
 */
import { fromBase64url } from '../base/base64url.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { hexToBytes, sha256Hex } from '../base/hash.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { isReverse } from '../kernel/manifest.ts'
import { showInstant } from './duration.ts'
import { parseForm, showForm } from './elicitation-form.ts'
import { visible } from './escape.ts'
import { numberOf, textOf } from './kernel-client.ts'
import type { OrderGround } from './order.ts'

/** A held call whose every shown part is covered by `digest`. */
export interface CheckedApproval {
  readonly call: number
  readonly seq: number
  readonly process: number
  readonly agent: string
  readonly object: number
  readonly objectName: string
  readonly selector: string
  readonly effect: string
  readonly argumentBytes: Uint8Array
  /** What digests of this call are made with, 32 bytes. */
  readonly salt: Uint8Array
  /** Capability ids, the designated one first. */
  readonly chain: readonly number[]
  /** Capabilities of other origin that it takes a use of too. */
  readonly joined: readonly number[]
  readonly cost: number
  /** How many different operators must approve it. */
  readonly approvals: number
  readonly demands: readonly string[]
  readonly expiresAt: number
  /** SHA-256 in hex of the approval record: what is signed. */
  readonly digest: string
  /** The approval record itself. */
  readonly record: string
}

/** Checks one entry of the `approvals` query, or says what does not fit together. */
export function checkApproval(entry: JsonObject, ground: OrderGround): Result<CheckedApproval, string> {
  if (entry['arguments'] === null) return err('the kernel cannot open its arguments any more')
  const record = textOf(entry, 'approvalRecord')
  const parsed = parseStrictJson(Buffer.from(record))
  if (!parsed.ok || !isJsonObject(parsed.value)) return err('the approval record is not readable')
  const signed = parsed.value
  if (canonicalJson(signed) !== record) return err('the approval record is not canonical')
  const digest = sha256Hex(record)
  if (digest !== entry['digest']) return err('the digest is not that of the approval record')
  const argumentBytes = fromBase64url(textOf(entry, 'arguments'))
  const salt = hexToBytes(textOf(entry, 'salt'))
  if (argumentBytes === null || salt === null) return err('the arguments are not readable')
  if (sha256Hex(Buffer.concat([salt, argumentBytes])) !== signed['arguments']) {
    return err('the arguments shown are not those that the record covers')
  }
  const mismatch = mismatchOf(entry, signed, ground)
  if (mismatch !== null) return err(`the ${mismatch} shown is not the one that the record covers`)
  return ok({
    call: numberOf(signed, 'call'),
    seq: numberOf(entry, 'seq'),
    process: numberOf(signed, 'process'),
    agent: textOf(entry, 'agent'),
    object: numberOf(signed, 'object'),
    objectName: textOf(entry, 'objectName'),
    selector: textOf(signed, 'selector'),
    effect: textOf(signed, 'effect'),
    argumentBytes,
    salt,
    chain: numbersIn(signed['chain']),
    joined: numbersIn(signed['with']),
    cost: signed['cost'] === undefined ? 0 : numberOf(signed, 'cost'),
    approvals: signed['approvals'] === undefined ? 1 : numberOf(signed, 'approvals'),
    demands: textsIn(entry['demands']),
    expiresAt: numberOf(signed, 'expiresAt'),
    digest,
    record,
  })
}

/** The first part of the entry that differs from the record, or null. */
function mismatchOf(entry: JsonObject, signed: JsonObject, ground: OrderGround): string | null {
  for (const name of ['call', 'process', 'object', 'selector', 'effect', 'expiresAt']) {
    if (entry[name] === undefined || entry[name] !== signed[name]) return name
  }
  for (const name of ['domain', 'policyVersion', 'canonVersion'] as const) {
    if (signed[name] !== ground[name]) return name
  }
  const { chain } = entry
  return chain !== undefined && canonicalJson(chain) !== canonicalJson(signed['chain'] ?? null)
    ? 'chain'
    : null
}

function numbersIn(value: Json | undefined): readonly number[] {
  return Array.isArray(value) ? value.filter((item: Json) => typeof item === 'number') : []
}

function textsIn(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: Json) => typeof item === 'string') : []
}

/** What an elicitation asks, drawn from the very arguments that the digest covers. */
function showQuestion({ selector, argumentBytes }: CheckedApproval): readonly string[] {
  if (selector !== 'client/elicitation') return []
  const form = parseForm(argumentBytes)
  return form.ok ? showForm(form.value) : [`asks       ${form.error}`]
}

/** What it takes beside one capability and one operator. */
function showNeeds({ joined, cost, approvals }: CheckedApproval): readonly string[] {
  return [
    ...(joined.length === 0 ? [] : [`  joined by  ${joined.map((one) => `c${one}`).join(', ')}`]),
    ...(cost === 0 ? [] : [`  costs      ${cost}`]),
    ...(approvals === 1 ? [] : [`  needs      the approval of ${approvals} different operators`]),
  ]
}

/** The held call as an operator sees it, arguments in full, safe to print. */
export function showApproval(approval: CheckedApproval, now: number): readonly string[] {
  const leftMs = approval.expiresAt - now
  const { selector, process, object } = approval
  const byDriver = isReverse(selector)
  return [
    `call ${approval.call} waits for a decision (held in #${approval.seq})`,
    `  requester  ${byDriver ? 'driver' : 'agent'} ${visible(approval.agent)}, process ${process}`,
    byDriver
      ? `  asks of    its client, in the course of an agent's call`
      : `  object     ${visible(approval.objectName)} (object ${object})`,
    `  selector   ${visible(approval.selector)}`,
    `  effect     ${visible(approval.effect)}`,
    `  arguments  ${visible(Buffer.from(approval.argumentBytes).toString('utf8'))}`,
    ...showQuestion(approval).map((line) => `  ${line}`),
    `  authority  ${approval.chain.map((capability) => `c${capability}`).join(' under ')}`,
    ...showNeeds(approval),
    `  because    ${approval.demands.map(visible).join('; ')}`,
    `  expires    ${showInstant(approval.expiresAt)} (in ${Math.max(0, Math.round(leftMs / 60_000))} min)`,
    `  digest     ${approval.digest}`,
  ]
}
