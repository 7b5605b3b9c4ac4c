/**
 * From the bytes of a request to the command that the kernel decides. One function, so that whoever only asks
 * what would happen (`custos can`) asks about exactly what an agent's request becomes.
 */
import { isJsonObject } from '../base/json.ts'
import type { Entropy } from '../base/ports.ts'
import { randomHex } from '../base/random-hex.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Vault } from '../ledger/port.ts'
import type { CallRequest } from './call-request.ts'
import type { Untimed } from './core.ts'
import { saltedDigest } from './salt.ts'

/** The command that a request for an effect becomes. */
export type RequestCommand = Extract<Untimed, { readonly kind: 'call.request' }>

/** The command, or the refusal of bytes that are not one strict, bounded JSON object. */
export function requestCommand(
  { process, designation, selector, bytes, deadlineMs, notes, within }: CallRequest,
  { vault, entropy }: { readonly vault: Vault; readonly entropy: Entropy },
): Result<RequestCommand, Refusal> {
  const parsed = parseStrictJson(bytes)
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    const message = parsed.ok ? 'Arguments must be one JSON object.' : parsed.error.message
    return err(refusal('bad-arguments', message, 'One strict, bounded JSON object.'))
  }
  const nonce = randomHex(entropy, 16)
  const trace = notes?.trace ?? null
  return ok({
    kind: 'call.request',
    process,
    designation,
    selector,
    arguments: parsed.value,
    payload: { commitment: vault.commit(bytes), length: bytes.length, bytes },
    nonce,
    saltedDigest: () => saltedDigest(vault, nonce, bytes),
    ...(within === undefined ? {} : { within }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(trace === null ? {} : { trace }),
  })
}
