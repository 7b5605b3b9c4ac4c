/** From the flags of `custos secret add` to what is said of a secret, and to what is granted with it. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Attach } from '../../driver/vault/secret.ts'
import { isCanonicalHost, readAttach, secretSelector } from '../../driver/vault/secret.ts'
import type { Caveats, Where } from '../../kernel/capability/terms.ts'
import { readAddress } from '../../sandbox/egress/address.ts'
import { egressTerms } from '../../sandbox/egress/terms.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { termsWith } from '../grant-terms.ts'

/** The hosts that `--host` names, in their one spelling. */
export function hostsNamed(words: readonly string[]): readonly string[] {
  if (words.length === 0) throw usageFailure('no host is named', 'say where it may be sent: --host HOST')
  return [...new Set(words.map(hostNamed))].sort()
}

/** One host in its one spelling. */
export function hostNamed(word: string): string {
  const host = word.toLowerCase()
  if (isCanonicalHost(host)) return host
  throw usageFailure(
    `"${visible(word)}" is not a host`,
    'write a name such as api.example, or an address, without scheme, port or path',
  )
}

/** How the secret is put on a request; by default as a bearer token. */
export function attachNamed(args: ParsedArguments): Attach {
  const [header, query, basic] = [valueOf(args, 'header'), valueOf(args, 'query'), valueOf(args, 'basic')]
  if ([header, query, basic].filter((word) => word !== null).length > 1)
    throw usageFailure('--header, --query and --basic exclude each other')
  if (query !== null) return must(readAttach({ kind: 'query', name: query }), '--query NAME')
  if (basic !== null) return must(readAttach({ kind: 'basic', user: basic }), '--basic USER')
  const text = header ?? 'authorization: Bearer {}'
  const colon = text.indexOf(':')
  const [name, template] = [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()]
  const attach = colon < 1 ? null : readAttach({ kind: 'header', name, template })
  return must(attach, "--header 'NAME: TEMPLATE' with {} once, for the value")
}

function must(attach: Attach | null, form: string): Attach {
  if (attach !== null) return attach
  throw usageFailure('a secret cannot be put on a request like that', `write ${form}`)
}

/** The certificates in the files, as PEM and nothing else of them; empty without files. */
export function authoritiesIn(files: readonly string[]): string {
  return files.map(certificatesIn).join('')
}

function certificatesIn(file: string): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw usageFailure(`the file ${visible(file)} cannot be read`)
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? []
  if (blocks.length === 0) throw usageFailure(`there is no certificate in ${visible(file)}`)
  try {
    return blocks.map((block) => new X509Certificate(block).toString()).join('')
  } catch {
    throw usageFailure(`a certificate in ${visible(file)} is damaged`)
  }
}

/** What `--for` and `--driver` grant: this secret, towards its hosts, with the terms of the other flags. */
export function secretCaveats(
  args: ParsedArguments,
  name: string,
  hosts: readonly string[],
  schemes: 'https' | 'http and https',
): Caveats {
  const selector = secretSelector(name)
  const address = valueOf(args, 'address')
  if (address !== null && readAddress(address)?.text !== address)
    throw usageFailure(`"${visible(address)}" is not an address in its one spelling`)
  if (address !== null && hosts.length > 1) throw usageFailure('--address goes together with one --host')
  const ports = portsNamed(valuesOf(args, 'port'), schemes)
  const [first = ''] = hosts
  const terms = egressTerms(selector, first, { ports, ...(address === null ? {} : { address }) })
  const host = { constraint: { in: [...hosts] } }
  const where: Where = {
    [selector]: hosts.length === 1 ? terms : { ...terms, arguments: { ...terms.arguments, host } },
  }
  const caveats = termsWith(where, args, [selector], Date.now())
  if (caveats.ok) return caveats.value
  throw usageFailure(visible(caveats.error))
}

function portsNamed(words: readonly string[], schemes: 'https' | 'http and https'): readonly number[] {
  if (words.length === 0) return schemes === 'https' ? [443] : [80, 443]
  return words.map((word) => {
    const port = /^[1-9]\d{0,4}$/u.test(word) ? Number(word) : 0
    if (port > 0 && port < 65_536) return port
    throw usageFailure(`"${visible(word)}" is not a port`)
  })
}
