/**
 * What somebody who wants to be an operator gives to one who is: who they would be, their public key, and the key's
 * signature over exactly that. It holds no secret and gives no authority; a sovereign's order does.
 */
import { readFileSync } from 'node:fs'
import { isOf } from '../base/shape.ts'
import { acceptablePublicKey, sign, verify } from '../base/signature.ts'
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { OperatorLevel } from '../kernel/event.ts'
import type { Enrolment } from '../kernel/sovereign/action.ts'
import { enrolmentText } from '../kernel/sovereign/operators.ts'
import { aLevel, isDomainName, isName } from '../kernel/sovereign/shape.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import type { OperatorKey } from './operator-key.ts'

/** A request that was checked: the key signed for exactly this. */
export interface EnrolmentRequest {
  readonly enrolment: Enrolment
  readonly proof: string
}

const maxFileBytes = 4096

/** The request of whoever holds `key` to be this operator. */
export function enrolmentRequest(key: OperatorKey, person: Omit<Enrolment, 'publicKey'>): EnrolmentRequest {
  const enrolment = { ...person, publicKey: key.publicKey }
  return { enrolment, proof: sign(key.privateKey, Buffer.from(enrolmentText(enrolment))) }
}

/** The request as one line of JSON. */
export function requestText({ enrolment, proof }: EnrolmentRequest): string {
  return JSON.stringify({ ...enrolment, proof })
}

/** Reads a request from a file, or fails with what is wrong with it. */
export function readEnrolmentRequest(file: string): EnrolmentRequest {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (problem) {
    throw usageFailure(`cannot read the request: ${problem instanceof Error ? problem.message : 'unknown'}`)
  }
  const parsed = bytes.length > maxFileBytes ? null : parseStrictJson(Buffer.from(bytes.toString().trimEnd()))
  const request = parsed?.ok === true && isJsonObject(parsed.value) ? requestFrom(parsed.value) : null
  if (request === null)
    throw usageFailure(`${visible(file)} is not a request`, 'it is what custos operator key prints')
  const { enrolment, proof } = request
  if (!verify(enrolment.publicKey, Buffer.from(enrolmentText(enrolment)), proof))
    throw usageFailure('the key did not sign for what the request says', 'ask for a new request')
  return request
}

function requestFrom({ name, level, publicKey, domain, proof }: JsonObject): EnrolmentRequest | null {
  if (!isName(name) || !isOf(aLevel, level) || typeof publicKey !== 'string' || typeof proof !== 'string')
    return null
  if (!acceptablePublicKey(publicKey).ok) return null
  if ((level === 'domain-sovereign') !== (domain !== undefined)) return null
  if (domain === undefined) return { enrolment: { name, level, publicKey }, proof }
  return isDomainName(domain) ? { enrolment: { name, level, publicKey, domain }, proof } : null
}

/** The level that a word names, and the domain that goes with it. */
export function levelNamed(word: string, domain: string | null): Pick<Enrolment, 'level' | 'domain'> {
  const levels: readonly OperatorLevel[] = ['sovereign', 'co-operator', 'domain-sovereign']
  const level = levels.find((one) => one === word)
  if (level === undefined)
    throw usageFailure(`"${visible(word)}" is not a level`, `the levels are ${levels.join(', ')}`)
  if ((level === 'domain-sovereign') !== (domain !== null))
    throw usageFailure('a domain-sovereign, and nobody else, has a domain', 'use --domain NAME')
  if (domain === null) return { level }
  if (!isDomainName(domain)) throw usageFailure(`"${visible(domain)}" cannot be a domain`)
  return { level, domain }
}
