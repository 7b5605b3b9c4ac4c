/**
 * An operator's signed word that something doubtful in a ledger is to be given up. It comes in a file, because no
 * kernel runs that could hear it, and it names exactly what it is about, so that it is good for nothing else.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '../base/canonical-json.ts'
import { isJsonObject } from '../base/json.ts'
import { verify } from '../base/signature.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { State } from '../kernel/state.ts'
import type { Doubt } from '../ledger/open.ts'
import { readIfThere, writeWhole } from '../seal/whole-file.ts'

/** The record and its signature, as they are kept and recorded. */
export interface AcceptedLoss {
  readonly record: string
  readonly signature: string
}

const limits = { maxBytes: 16_384, maxDepth: 2, maxValues: 32 }

/** Where it waits. */
export function acceptedLossFile(domainFolder: string): string {
  return join(domainFolder, 'accepted-loss.json')
}

/** The text that an operator signs to give up what `doubt` names in the ledger of `domain`. */
export function lossRecord(domain: string, operator: number, { what, seq, digest }: Doubt): string {
  return canonicalJson({ accept: 'loss', domain, operator, what, seq, digest })
}

/** The word that waits, or null when there is none that can be read. */
export function readAcceptedLoss(domainFolder: string): AcceptedLoss | null {
  const bytes = readIfThere(acceptedLossFile(domainFolder))
  const parsed = bytes === null ? null : parseStrictJson(bytes, limits)
  const value = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : {}
  const { record, signature } = value
  return typeof record === 'string' && typeof signature === 'string' ? { record, signature } : null
}

/** Leaves it for the next start. */
export function writeAcceptedLoss(domainFolder: string, { record, signature }: AcceptedLoss): void {
  writeWhole(acceptedLossFile(domainFolder), canonicalJson({ record, signature }))
}

/** Takes it away, once it is recorded or good for nothing. */
export function dropAcceptedLoss(domainFolder: string): void {
  rmSync(acceptedLossFile(domainFolder), { force: true })
}

/** True when an operator who may give up parts of this ledger signed exactly `doubt`. */
export function isLossAccepted(state: State, { record, signature }: AcceptedLoss, doubt: Doubt): boolean {
  const name = state.domain?.name
  if (name === undefined) return false
  return [...state.operators.values()].some(
    ({ id, level, status, publicKey }) =>
      status === undefined &&
      level !== 'co-operator' &&
      record === lossRecord(name, id, doubt) &&
      verify(publicKey, Buffer.from(record), signature),
  )
}
