/**
 * The two certificates that interception needs, X.509 v3 with ECDSA P-256 and SHA-256: an authority that one
 * sandbox trusts, and what it signs for one host. Node can sign and cannot issue certificates; one fixed template
 * is a hundred lines here and would be megabytes of somebody else's parser as a package. The extensions are those
 * that strict verifiers (RFC 5280, OpenSSL's X509_STRICT) ask for.
 */
import type { KeyObject } from 'node:crypto'
import { createPublicKey, hash, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import {
  bitString,
  isTrue,
  objectId,
  octetString,
  sequence,
  setOf,
  tagged,
  unsignedInteger,
  utcTime,
  utf8String,
} from './der.ts'
import { invariant } from '../../../base/fault.ts'
import { readAddress } from '../address.ts'

const oid = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

/** What every certificate says. Times are in milliseconds since the epoch. */
interface Statement {
  readonly subject: string
  readonly subjectKey: KeyObject
  readonly issuer: string
  readonly issuerKey: KeyObject
  readonly notBefore: number
  readonly notAfter: number
}

/** What an authority's certificate says. */
export type AuthorityStatement = Omit<Statement, 'issuer' | 'issuerKey' | 'subjectKey'> & {
  /** The private key it signs with. */
  readonly key: KeyObject
  /** Canonical hosts beyond which it is worth nothing; null for no bound. */
  readonly hosts: readonly string[] | null
}

/** What a host's certificate says. */
export type HostStatement = Omit<Statement, 'subject'> & { readonly host: string }

/** A self-signed authority that may sign for hosts and for no further authority, as PEM. */
export function authorityCertificate(statement: AuthorityStatement): string {
  const { key, hosts, subject } = statement
  const publicKey = createPublicKey(key)
  return certificate({ ...statement, issuer: subject, issuerKey: key, subjectKey: publicKey }, [
    extension(oid.basicConstraints, 'critical', sequence(isTrue, unsignedInteger(Buffer.from([0])))),
    // keyCertSign, the sixth bit.
    extension(oid.keyUsage, 'critical', bitString(Buffer.from([0x04]), 2)),
    extension(oid.subjectKey, 'plain', octetString(keyIdentifier(publicKey))),
    ...(hosts === null || hosts.length === 0
      ? []
      : [extension(oid.nameConstraints, 'critical', permitted(hosts))]),
  ])
}

/** A certificate for exactly one host name or address, as PEM. */
export function hostCertificate(statement: HostStatement): string {
  const { host, issuerKey, subjectKey } = statement
  const names = sequence(isIP(host) === 0 ? dnsName(host) : ipAddress(addressBytes(host)))
  const issuerIdentifier = keyIdentifier(createPublicKey(issuerKey))
  return certificate({ ...statement, subject: host.slice(0, 64) }, [
    // digitalSignature, the first bit.
    extension(oid.keyUsage, 'critical', bitString(Buffer.from([0x80]), 7)),
    extension(oid.extendedKeyUsage, 'plain', sequence(objectId(oid.serverAuth))),
    extension(oid.alternativeName, 'plain', names),
    extension(oid.subjectKey, 'plain', octetString(keyIdentifier(subjectKey))),
    extension(oid.authorityKey, 'plain', sequence(tagged(0, 'primitive', issuerIdentifier))),
  ])
}

function certificate(statement: Statement, extensions: readonly Uint8Array[]): string {
  const algorithm = sequence(objectId(oid.ecdsaWithSha256))
  const version3 = tagged(0, 'constructed', unsignedInteger(Buffer.from([2])))
  const body = sequence(
    version3,
    unsignedInteger(serialNumber()),
    algorithm,
    distinguishedName(statement.issuer),
    sequence(utcTime(statement.notBefore), utcTime(statement.notAfter)),
    distinguishedName(statement.subject),
    publicKeyInfo(statement.subjectKey),
    tagged(3, 'constructed', sequence(...extensions)),
  )
  const signature = sign('sha256', body, statement.issuerKey)
  return pem(sequence(body, algorithm, bitString(signature)))
}

function pem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/gu)
  return `-----BEGIN CERTIFICATE-----\n${(lines ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
}

/** Random, positive and never empty of its leading byte. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(setOf(sequence(objectId(oid.commonName), utf8String(commonName))))
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' })
}

function keyIdentifier(key: KeyObject): Uint8Array {
  return hash('sha256', publicKeyInfo(key), 'buffer').subarray(0, 20)
}

function extension(id: string, weight: 'critical' | 'plain', value: Uint8Array): Uint8Array {
  return sequence(objectId(id), ...(weight === 'critical' ? [isTrue] : []), octetString(value))
}

/** A name covers its subdomains too; the leaf and the gate are exact. Kinds not named stay without a bound, so each is. */
function permitted(hosts: readonly string[]): Uint8Array {
  const names = hosts.filter((host) => isIP(host) === 0).map((host) => sequence(dnsName(host)))
  const addresses = hosts
    .filter((host) => isIP(host) !== 0)
    .map((host) => {
      const bytes = addressBytes(host)
      return sequence(ipAddress(Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)])))
    })
  const subtrees = [
    ...(names.length === 0 ? [sequence(dnsName('invalid'))] : names),
    ...(addresses.length === 0 ? [sequence(ipAddress(noAddress))] : addresses),
  ]
  return sequence(tagged(0, 'constructed', Buffer.concat(subtrees)))
}

/** 0.0.0.0 alone: an address that is no host's. */
const noAddress = Buffer.from([0, 0, 0, 0, 255, 255, 255, 255])

function dnsName(name: string): Uint8Array {
  return tagged(2, 'primitive', Buffer.from(name, 'ascii'))
}

function ipAddress(bytes: Uint8Array): Uint8Array {
  return tagged(7, 'primitive', bytes)
}

function addressBytes(host: string): Uint8Array {
  const address = readAddress(host)
  invariant(address !== null, 'a certificate is for a canonical host')
  return address.bytes
}
