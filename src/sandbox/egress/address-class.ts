/**
 * Which addresses are the open network, and what the others are. The list is closed the safe way round: of IPv6
 * only the part that is handed out for global use is open, and of IPv4 everything but the registry of special
 * purposes. Everything else is refused to programs unless an operator named that very address, because on it live
 * what trusts its neighbours: services of this machine, of its network, and the metadata of the cloud around it.
 */
import { type Address, fourBytes, readAddress } from './address.ts'

/** What an address is. Only `public` may be connected to without being named in a grant. */
export type AddressClass =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'metadata'
  | 'multicast'
  | 'broadcast'
  | 'benchmarking'
  | 'documentation'
  | 'reserved'
  | 'transition'
  | 'own'

type Range = readonly [address: Address, bits: number, is: AddressClass]

/** The first that matches decides. From the IANA registries of special-purpose addresses, and clouds' manuals. */
const ranges: readonly Range[] = (
  [
    // What clouds answer their guests at. Some of it lies in ranges that are otherwise open or merely private.
    ['169.254.169.254/32', 'metadata'],
    ['169.254.169.253/32', 'metadata'],
    ['169.254.169.123/32', 'metadata'],
    ['169.254.170.2/32', 'metadata'],
    ['169.254.170.23/32', 'metadata'],
    ['169.254.0.23/32', 'metadata'],
    ['100.100.100.200/32', 'metadata'],
    ['192.0.0.192/32', 'metadata'],
    ['168.63.129.16/32', 'metadata'],
    ['fd00:ec2::/32', 'metadata'],
    ['fd20:ce::254/128', 'metadata'],
    ['fe80::a9fe:a9fe/128', 'metadata'],
    ['0.0.0.0/8', 'unspecified'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'shared'],
    ['127.0.0.0/8', 'loopback'],
    ['169.254.0.0/16', 'link-local'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'reserved'],
    ['192.0.2.0/24', 'documentation'],
    ['192.31.196.0/24', 'reserved'],
    ['192.52.193.0/24', 'reserved'],
    ['192.88.99.0/24', 'transition'],
    ['192.168.0.0/16', 'private'],
    ['192.175.48.0/24', 'reserved'],
    ['198.18.0.0/15', 'benchmarking'],
    ['198.51.100.0/24', 'documentation'],
    ['203.0.113.0/24', 'documentation'],
    ['224.0.0.0/4', 'multicast'],
    ['255.255.255.255/32', 'broadcast'],
    ['240.0.0.0/4', 'reserved'],
    ['::/128', 'unspecified'],
    ['::1/128', 'loopback'],
    ['::/8', 'transition'],
    ['fc00::/7', 'private'],
    ['fec0::/10', 'private'],
    ['fe80::/10', 'link-local'],
    ['ff00::/8', 'multicast'],
    ['2001:db8::/32', 'documentation'],
    ['3fff::/20', 'documentation'],
    ['2001:2::/48', 'benchmarking'],
    ['2001::/32', 'transition'],
    ['2001::/23', 'reserved'],
    ['2002::/16', 'transition'],
    ['2620:4f:8000::/48', 'reserved'],
    ['2000::/3', 'public'],
    ['::/0', 'reserved'],
    ['0.0.0.0/0', 'public'],
  ] as const
).map(([text, is]) => range(text, is))

/** What `address` is, wherever it is judged. */
export function addressClass(address: Address): AddressClass {
  const inner = translated(address)
  if (inner !== null) return addressClass(inner)
  if (address.family === 6 && isIsatap(address.bytes)) return 'transition'
  return ranges.find((each) => isInside(address, each))?.[2] ?? 'reserved'
}

const translation = readAddress('64:ff9b::')?.bytes.subarray(0, 12) ?? new Uint8Array(0)

/** The IPv4 address behind the well-known prefix of NAT64, under which networks without IPv4 show the open one. */
function translated({ family, bytes }: Address): Address | null {
  if (family !== 6 || !translation.every((byte, at) => bytes[at] === byte)) return null
  return fourBytes([...bytes.subarray(12)])
}

/** An interface identifier `[02]00:5efe:a.b.c.d` makes the neighbourhood tunnel to that IPv4 address. */
function isIsatap(bytes: Uint8Array): boolean {
  return ((bytes[8] ?? 0) & ~2) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}

function isInside(address: Address, [start, bits]: Range): boolean {
  if (address.family !== start.family) return false
  return start.bytes.every((byte, at) => {
    const left = Math.max(0, Math.min(8, bits - at * 8))
    const mask = (0xff00 >> left) & 0xff
    return ((byte ^ (address.bytes[at] ?? 0)) & mask) === 0
  })
}

function range(text: string, is: AddressClass): Range {
  const [start = '', bits] = text.split('/')
  const address = readAddress(start)
  if (address === null) throw new TypeError(`${text} is not a range`)
  return [address, Number(bits), is]
}
