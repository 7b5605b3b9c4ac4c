/**
 * What is said of a secret without saying it: for which hosts it is, how it is put on a request, and a digest that
 * only the holder of the vault's key can check. This is the definition of the selector `secret/NAME`; an operator
 * signs it, so that another value, another host or another header is not used until an operator signed that too.
 */
import { hmacSha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { readHost } from '../../sandbox/egress/authority.ts'
import type { Definition } from '../definition.ts'

/** How a secret is put on a request. `{}` in a template stands for the value. */
export type Attach =
  | { readonly kind: 'header'; readonly name: string; readonly template: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'basic'; readonly user: string }

/** A secret without its value. */
export interface SecretHead {
  readonly name: string
  /** Canonical hosts that may be sent it, and no others whatever is granted. */
  readonly hosts: readonly string[]
  readonly attach: Attach
  /** It may be sent without TLS, as to a model on this machine. */
  readonly plainHttp: boolean
  /** PEM certificates that its hosts are believed by beside the system's own, or empty. */
  readonly authorities: string
  /** 32 hex digits, new for each value. */
  readonly salt: string
  /** HMAC-SHA-256 in hex under the vault's key, so that it says nothing about a short value to others. */
  readonly digest: string
}

/** The shortest value, in bytes: a shorter one would be struck from replies that never held it. */
export const minSecretBytes = 8
/** The longest value, in bytes. */
export const maxSecretBytes = 16_384
const maxHosts = 64
const maxAuthorityLength = 65_536
const hex = /^[0-9a-f]+$/u
const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/u
const printable = /^[\x20-\x7e]*$/u
/** Headers that frame a message or lead it elsewhere are no place for a value. */
const framing = ['connection', 'content-length', 'host', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** The selector by which `name` is used. */
export function secretSelector(name: string): string {
  return `${prefix}${name}`
}

/** The name in a selector, or null when it is no secret's. */
export function secretOf(selector: string): string | null {
  return selector.startsWith(prefix) ? selector.slice(prefix.length) : null
}

const prefix = 'secret/'

/** What a program inside may be given in place of the value. */
export function placeholderOf(name: string): string {
  return `custos-secret:${name}`
}

/** The digest of a value, which only this vault can make. */
export function secretDigest(key: Uint8Array, name: string, salt: string, value: Uint8Array): string {
  return hmacSha256Hex(key, Buffer.concat([Buffer.from(`custos secret\0${name}\0${salt}\0`), value]))
}

/** Why `value` cannot be a secret, or null. What cannot stand in a header in one piece is none. */
export function whyNoSecret(value: Uint8Array): string | null {
  if (value.length < minSecretBytes)
    return `it is shorter than ${minSecretBytes} bytes, and could not be told from other text in replies`
  if (value.length > maxSecretBytes) return `it is longer than ${maxSecretBytes} bytes`
  return value.every((byte) => byte > 0x20 && byte < 0x7f)
    ? null
    : 'it holds spaces, line ends or characters beyond ASCII'
}

/** What the net service offers for a secret: everything an operator should have signed, and no value. */
export function secretDefinition(head: SecretHead): Definition {
  const { name, hosts, attach, plainHttp, authorities, salt, digest } = head
  return {
    selector: secretSelector(name),
    definition: {
      name: secretSelector(name),
      description: 'One HTTP request that carries this secret, put on it outside the sandbox.',
      effect: 'act',
      hosts,
      attach: { ...attach },
      plainHttp,
      authorities,
      value: { salt, digest },
    },
  }
}

/** Reads a head strictly, or null. */
export function readSecretHead(value: Json): SecretHead | null {
  if (!isJsonObject(value)) return null
  const { name, hosts, plainHttp, authorities, salt, digest } = value
  const attach = readAttach(value['attach'])
  if (!isName(name) || attach === null || !areHosts(hosts) || typeof plainHttp !== 'boolean') return null
  if (typeof authorities !== 'string' || authorities.length > maxAuthorityLength) return null
  if (typeof salt !== 'string' || salt.length !== 32 || !hex.test(salt)) return null
  if (typeof digest !== 'string' || digest.length !== 64 || !hex.test(digest)) return null
  return { name, hosts, attach, plainHttp, authorities, salt, digest }
}

/** Reads how a secret is attached, or null when it could not be put on a request that way. */
export function readAttach(value: Json | undefined): Attach | null {
  if (!isJsonObject(value)) return null
  const { kind, name, template, user } = value as { readonly [member: string]: Json | undefined }
  switch (kind) {
    case 'header':
      return typeof name === 'string' && typeof template === 'string' ? headerAttach(name, template) : null
    case 'query':
      return typeof name === 'string' && /^[\w.~-]{1,64}$/u.test(name) ? { kind: 'query', name } : null
    case 'basic':
      return typeof user === 'string' && user.length <= 128 && printable.test(user) && !user.includes(':')
        ? { kind: 'basic', user }
        : null
    default:
      return null
  }
}

function headerAttach(name: string, template: string): Attach | null {
  if (!headerName.test(name) || framing.includes(name)) return null
  if (template.length > 256 || !printable.test(template)) return null
  return template.split('{}').length === 2 ? { kind: 'header', name, template } : null
}

/** True for a host in its one spelling: lower-case ASCII, or an address without brackets. */
export function isCanonicalHost(host: string): boolean {
  const read = readHost(host.includes(':') ? `[${host}]` : host)
  return read.ok && read.value.host === host
}

function areHosts(value: Json | undefined): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= maxHosts &&
    value.every((host) => typeof host === 'string' && isCanonicalHost(host))
  )
}
