/**
 * The certificate authority of one sandbox. Its private key lives in the memory of the net service and nowhere
 * else, only that sandbox is told to trust it, and where the hosts are known it is bound to them. With a seed the
 * key is the same after a restart of the service, so that a sandbox need not be told anew whom to trust.
 */
import type { KeyObject } from 'node:crypto'
import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { createSecureContext } from 'node:tls'
import { toBase64url } from '../../../base/base64url.ts'
import { authorityCertificate, hostCertificate } from './certificate.ts'

/** How an authority is made. */
export interface AuthorityOptions {
  /** Canonical hosts it may speak for; null when that cannot be known beforehand. */
  readonly hosts: readonly string[] | null
  /** At least 32 secret bytes that belong to this sandbox alone; without it the key is random. */
  readonly seed?: Uint8Array
  /** Milliseconds since the epoch; default now. */
  readonly now?: () => number
}

/** An authority. */
export interface Authority {
  /** Its certificate as PEM: what the sandbox is told to trust. */
  readonly pem: string
  /** True when it may speak for `host`, which is canonical. */
  covers(host: string): boolean
  /** What a server uses to appear as `host`. Only for hosts that it covers. */
  contextFor(host: string): SecureContext
}

const hourMs = 3_600_000
/** Clocks differ, and a sandbox may have been frozen. */
const backdateMs = hourMs
const authorityMs = 30 * 24 * hourMs
const leafMs = 48 * hourMs
const leafReuseMs = 24 * hourMs
const maxLeaves = 1_024

/** Makes an authority. */
export function createAuthority({ hosts, seed, now = Date.now }: AuthorityOptions): Authority {
  const key = seed === undefined ? randomKey() : keyFromSeed(seed)
  const leafKey = randomKey()
  const subject = `Custos sandbox ${fingerprint(key)}`
  const time = now()
  const validity = { notBefore: time - backdateMs, notAfter: time + authorityMs }
  const leaves = new Map<string, { readonly context: SecureContext; readonly until: number }>()
  const covers = (host: string): boolean => hosts === null || hosts.some((one) => isSame(one, host))
  return {
    pem: authorityCertificate({ subject, key, hosts, ...validity }),
    covers,
    contextFor(host) {
      const known = leaves.get(host)
      const at = now()
      if (known !== undefined && at < known.until) return known.context
      const cert = hostCertificate({
        host,
        subjectKey: createPublicKey(leafKey),
        issuer: subject,
        issuerKey: key,
        notBefore: at - backdateMs,
        notAfter: at + leafMs,
      })
      const context = createSecureContext({
        key: leafKey.export({ type: 'pkcs8', format: 'pem' }),
        cert,
        minVersion: 'TLSv1.2',
      })
      if (leaves.size >= maxLeaves) leaves.clear()
      leaves.set(host, { context, until: at + leafReuseMs })
      return context
    },
  }
}

function isSame(one: string, host: string): boolean {
  return one === host || (isIP(one) === 0 && host.endsWith(`.${one}`))
}

function randomKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

function fingerprint(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return x.slice(0, 8)
}

/** Order of the P-256 group. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A scalar from 48 bytes, so that reducing them leaves no bias worth speaking of. */
function keyFromSeed(seed: Uint8Array): KeyObject {
  const wide = Buffer.from(hkdfSync('sha256', seed, new Uint8Array(), 'custos egress authority', 48))
  const scalar = (BigInt(`0x${wide.toString('hex')}`) % (order - 1n)) + 1n
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const [x, y] = [toBase64url(point.subarray(1, 33)), toBase64url(point.subarray(33))]
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: toBase64url(d), x, y } })
}
