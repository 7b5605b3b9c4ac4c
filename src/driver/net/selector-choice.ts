/**
 * Under which selector a request is asked for. A tunnel is `net/connect`. A request is made with a secret when the
 * process holds one whose terms fit it, or names one by its placeholder; else it is `http/request`. Where two secrets
 * fit and none is named, nobody guesses.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EgressRequest } from '../../sandbox/egress/gate.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { SecretHead } from '../vault/secret.ts'
import { placeholderOf, secretSelector } from '../vault/secret.ts'
import type { HeldEgress } from './held.ts'
import { covers, heldSecrets } from './held.ts'
import { httpRequest, netConnect } from './net-definitions.ts'

/** What is known beforehand. */
export interface ChoiceGround {
  readonly held: readonly HeldEgress[]
  /** What is said of a secret, or null when there is none of that name. */
  readonly headOf: (name: string) => SecretHead | null
}

/** The selector, or what is wrong with the request. `values` are the arguments it will be judged by. */
export function chooseSelector(
  request: EgressRequest,
  values: JsonObject,
  { held, headOf }: ChoiceGround,
): Result<string, string> {
  if (request.kind === 'tunnel') return ok(netConnect)
  const [named, other] = namedSecrets(request)
  if (other !== undefined) return err('the request names more than one secret')
  if (named !== undefined) return ok(secretSelector(named))
  const fitting = heldSecrets(held).filter((name) => {
    const head = headOf(name)
    return head !== null && mayCarry(request, head) === null && covers(held, secretSelector(name), values)
  })
  const [only, another] = fitting
  if (only === undefined) return ok(httpRequest)
  if (another === undefined) return ok(secretSelector(only))
  const example = placeholderOf(only)
  return err(`the secrets ${fitting.join(' and ')} all fit; name one in a header, for example as ${example}`)
}

/** Why this request may not carry that secret, whatever was granted, or null. */
export function mayCarry({ host, scheme }: EgressRequest, head: SecretHead): string | null {
  if (!head.hosts.includes(host)) return `the secret ${head.name} is not for ${host}`
  if (scheme === 'https' || head.plainHttp) return null
  return `the secret ${head.name} is sent over https only`
}

/** The secrets that the headers, or the query, name by their placeholders. */
export function namedSecrets({ headers, path }: Pick<EgressRequest, 'headers' | 'path'>): readonly string[] {
  const texts = [...headers.flatMap(([name, value]) => [value, ...basicText(name, value)]), queryOf(path)]
  const names = texts.flatMap((text) =>
    [...text.matchAll(/custos-secret(?::|%3A)([a-z0-9][a-z0-9._-]{0,63})/giu)].map(([, name]) => name ?? ''),
  )
  return [...new Set(names.filter(isName))]
}

function basicText(name: string, value: string): readonly string[] {
  const match = /^basic\s+([A-Za-z0-9+/=]{1,8192})$/iu.exec(value)
  if (name.toLowerCase() !== 'authorization' || match?.[1] === undefined) return []
  return [Buffer.from(match[1], 'base64').toString('latin1')]
}

function queryOf(path: string): string {
  const start = path.indexOf('?')
  return start < 0 ? '' : path.slice(start)
}
