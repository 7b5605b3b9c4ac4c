/**
 * Reading `host:port` of a request. The one who judges and the one who connects must read the same thing, and the
 * many lenient readings of an authority are how they were ever made to differ. So there is one reading: what
 * follows it exactly is taken, everything else is refused with the reason, and nothing is repaired but upper case.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { type Address, readAddress } from './address.ts'

/** Where a request wants to go. */
export interface Authority {
  /** Canonical: a lower-case name, or `address.text`. */
  readonly host: string
  /** Set when the host was written as an address. */
  readonly address: Address | null
  readonly port: number
}

const longest = 320

/** Reads `text`, a host with or without a port; an IPv6 address is in brackets. The error says what is wrong. */
export function readAuthority(text: string, defaultPort: number): Result<Authority, string> {
  const problem = characterProblem(text)
  if (problem !== null) return err(problem)
  const match = /^(?<host>\[[^\][]*\]|[^:\][]*)(?::(?<port>\d{1,5}))?$/.exec(text)
  const { host, port } = match?.groups ?? {}
  if (host === undefined) return err('the host is not written as name, name:port, address or [address]:port')
  const number = port === undefined ? defaultPort : Number(port)
  if (number < 1 || number > 65_535 || (port?.startsWith('0') ?? false)) return err('the port is not a port')
  const read = readHost(host)
  return read.ok ? ok({ ...read.value, port: number }) : read
}

/** Reads a host alone; an IPv6 address is in brackets. */
export function readHost(text: string): Result<Omit<Authority, 'port'>, string> {
  const problem = characterProblem(text)
  if (problem !== null) return err(problem)
  if (text.startsWith('[')) {
    const address = text.endsWith(']') ? readAddress(text.slice(1, -1)) : null
    if (address === null || !text.includes(':')) return err('what is in brackets is not an IPv6 address')
    return ok({ host: address.text, address })
  }
  const address = readAddress(text)
  if (address !== null && address.family === 4) return ok({ host: address.text, address })
  const name = text.toLowerCase()
  const wrong = nameProblem(name)
  return wrong === null ? ok({ host: name, address: null }) : err(wrong)
}

function characterProblem(text: string): string | null {
  if (text === '') return 'there is no host'
  if (text.length > longest) return 'the host is too long'
  if (!/^[!-~]+$/.test(text)) return 'the host is not plain ASCII: write an international name as xn--…'
  if (text.includes('@')) return 'user names and passwords do not belong into an address'
  if (text.includes('%')) return 'the host is percent-encoded or has a zone'
  return null
}

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** What keeps `name`, in lower case, from being a name; null when nothing does. */
function nameProblem(name: string): string | null {
  if (name.length > 253) return 'the name is too long'
  if (name.endsWith('.')) return 'write the name without a dot at its end'
  const labels = name.split('.')
  if (!labels.every((each) => label.test(each))) return 'the host has a part that no name has'
  if (/^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? ''))
    return 'it ends in a number and is not an address in its one spelling, a.b.c.d in decimal'
  if (labels.some((each) => each.startsWith('xn--')) && !spellsSomething(name))
    return 'the name has a part in xn-- that is not the spelling of anything'
  return null
}

/** Parts that cannot be decoded stay as they are, and some programs then read them in ways of their own. */
function spellsSomething(name: string): boolean {
  const shown = domainToUnicode(name)
  return !shown.split('.').some((each) => each.startsWith('xn--')) && domainToASCII(shown) === name
}
