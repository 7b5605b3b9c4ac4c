/**
 * Which TLS is opened. By default none: a tunnel is carried as it is, of which the gate sees host and port. It is
 * opened for a host where what the process holds could not be kept otherwise: a secret has to be put on a request, a
 * grant speaks of methods, paths or bodies, or requests were granted to that host and tunnels were not. A run may ask
 * for it wherever requests are granted.
 */
import type { SecretHead } from '../vault/secret.ts'
import { secretSelector } from '../vault/secret.ts'
import type { HeldEgress } from './held.ts'
import { coversHost, having, heldSecrets, hostsOf, readsRequests, readsRequestsTo } from './held.ts'
import { httpRequest, netConnect } from './net-definitions.ts'

/** When TLS is opened: where it must be, or wherever requests are granted. */
export type InterceptionRule = 'where-needed' | 'every-request'

/** True when the TLS of a connection to `host` is to be opened. */
export function mustIntercept(
  host: string,
  held: readonly HeldEgress[],
  headOf: (name: string) => SecretHead | null,
  rule: InterceptionRule,
): boolean {
  const carriesSecret = heldSecrets(held).some(
    (name) => headOf(name)?.hosts.includes(host) === true && coversHost(held, secretSelector(name), host),
  )
  if (carriesSecret || readsRequestsTo(held, httpRequest, host)) return true
  if (!coversHost(held, httpRequest, host)) return false
  return rule === 'every-request' || !coversHost(held, netConnect, host)
}

/**
 * The hosts whose TLS may have to be opened for a process that holds this: empty when there are none, null when they
 * cannot be listed. An authority is made for exactly these.
 */
export function interceptedHosts(
  held: readonly HeldEgress[],
  headOf: (name: string) => SecretHead | null,
  rule: InterceptionRule,
): readonly string[] | null {
  const secretHosts = heldSecrets(held).flatMap((name) => headOf(name)?.hosts ?? [])
  const listed: string[] = secretHosts.filter((host) => mustIntercept(host, held, headOf, rule))
  for (const capability of having(held, httpRequest)) {
    const hosts = hostsOf(capability, httpRequest)
    if (hosts !== null) listed.push(...hosts.filter((host) => mustIntercept(host, held, headOf, rule)))
    else if (needsAnyHost(capability, held, rule)) return null
  }
  return [...new Set(listed)].sort()
}

/** True when requests to hosts that cannot be listed would have to be read. */
function needsAnyHost(capability: HeldEgress, held: readonly HeldEgress[], rule: InterceptionRule): boolean {
  if (rule === 'every-request') return true
  const tunnelsAnywhere = having(held, netConnect).some((one) => hostsOf(one, netConnect) === null)
  return !tunnelsAnywhere || readsRequests(capability, httpRequest)
}
