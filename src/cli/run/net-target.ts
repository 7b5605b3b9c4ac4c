/**
 * What `--net` names: one host, perhaps with a port, and the address that it may have when that address is not
 * out in the world. A loopback or private host is only reached when a person named it so, because a program
 * inside could otherwise be sent to the machine's own services by any name that resolves there.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** A host that a person lets a run reach without being asked each time. */
export interface NetTarget {
  /** Lower case, without brackets. */
  readonly host: string
  /** Ports; 80 and 443 when none is named. */
  readonly ports: readonly number[]
  /** The address that it has, and may have although it is not public; null for ordinary hosts. */
  readonly address: string | null
}

const hostPattern = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/u

/** Reads `HOST`, `HOST:PORT` or `HOST:PORT=ADDRESS`; a literal address and `localhost` name their own. */
export function parseNetTarget(text: string): Result<NetTarget, string> {
  const equals = text.indexOf('=')
  const place = (equals < 0 ? text : text.slice(0, equals)).toLowerCase()
  const given = equals < 0 ? null : text.slice(equals + 1).toLowerCase()
  if (given !== null && !isIPv4(given) && !isIPv6(given)) return err(`"${given}" is not an address`)
  const match = /^(?:\[(?<literal>[0-9a-f:.]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/u.exec(place)
  const host = match?.groups?.['literal'] ?? match?.groups?.['host']
  if (match === null || host === undefined || (match.groups?.['literal'] !== undefined && !isIPv6(host)))
    return err(`"${text}" is not a host: write example.com, example.com:8443 or [::1]:8080`)
  if (match.groups?.['host'] !== undefined && !isIPv4(host) && !isHostName(host))
    return err(`"${host}" is not a host name`)
  const port = match.groups?.['port']
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    return err(`there is no port ${port}`)
  return ok({
    host,
    ports: port === undefined ? [80, 443] : [Number(port)],
    address: given ?? ownAddress(host),
  })
}

/** A name whose last label is a number would be read as an address by some, so it is none. */
function isHostName(host: string): boolean {
  return host.length <= 253 && hostPattern.test(host) && !/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/u.test(host)
}

function ownAddress(host: string): string | null {
  if (isIPv4(host) || isIPv6(host)) return host
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : null
}
