/**
 * The rule for the name in a ClientHello. A tunnel is allowed to one host, and the name that TLS asks for must be
 * that host's: otherwise whoever shares its address, as behind every large front, is reached in its place. What an
 * encrypted ClientHello asks for inside cannot be seen; the name outside must be the host's all the same.
 */
import type { HelloReading } from './client-hello.ts'

/** Ports on which nothing but TLS may pass: it is what they are for, and there the name is to be had. */
export function isTlsPort(port: number): boolean {
  return tlsPorts.has(port)
}

const tlsPorts: ReadonlySet<number> = new Set([
  443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 8443,
])

/** What is wrong with `reading` in a tunnel to `host`; null when nothing is. An address has no name in TLS. */
export function problemOfHello(
  reading: HelloReading,
  host: { readonly name: string; readonly isAddress: boolean },
): string | null {
  if (reading.kind === 'partial') return 'the beginning of TLS did not come'
  if (reading.kind === 'other') return reading.reason
  if (host.isAddress)
    return reading.name === null ? null : 'TLS asks for a name and the tunnel is to an address'
  if (reading.name === host.name) return null
  return reading.name === null
    ? 'TLS does not say for which name it is'
    : 'TLS asks for another name than the host'
}
