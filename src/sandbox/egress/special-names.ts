/**
 * Names that mean an address wherever they are asked for. They are never looked up: what answers for them is this
 * machine or the cloud around it, so they are judged as the addresses that they stand for.
 */

/** Address that a name stands for by convention; null for the names of everybody else. */
export function addressOfSpecialName(name: string): string | null {
  if (loopbackNames.has(name) || name.endsWith('.localhost') || name.endsWith('.localdomain'))
    return '127.0.0.1'
  if (loopbackNames6.has(name)) return '::1'
  return metadataNames.get(name) ?? null
}

/** True for names under which nothing may be looked up at all. */
export function isUnresolvable(name: string): boolean {
  return unresolvable.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
}

const loopbackNames: ReadonlySet<string> = new Set(['localhost', 'localdomain', 'localhost4', 'loopback'])

const loopbackNames6: ReadonlySet<string> = new Set(['localhost6', 'ip6-localhost', 'ip6-loopback'])

const metadataNames: ReadonlyMap<string, string> = new Map([
  ['metadata', '169.254.169.254'],
  ['metadata.google.internal', '169.254.169.254'],
  ['metadata.goog', '169.254.169.254'],
  ['metadata.azure.internal', '169.254.169.254'],
  ['instance-data', '169.254.169.254'],
  ['instance-data.ec2.internal', '169.254.169.254'],
  ['metadata.tencentyun.com', '169.254.0.23'],
  ['rancher-metadata', '169.254.169.250'],
])

/** Names that are no names of the domain name system, or that are asked of everybody on the local network. */
const unresolvable: readonly string[] = ['onion', 'invalid', 'local', 'alt', 'in-addr.arpa', 'ip6.arpa']
