/**
 * Who says what a host is. It is a port only so that a test can take the judge out and show that every attack it
 * stops would otherwise have connected; there is one real judge.
 */
import { networkInterfaces } from 'node:os'
import type { Result } from '../../base/result.ts'
import { type Address, readAddress } from './address.ts'
import { type AddressClass, addressClass } from './address-class.ts'
import { type Authority, readAuthority } from './authority.ts'
import { addressOfSpecialName, isUnresolvable } from './special-names.ts'

/** Reads hosts and tells what addresses are. Every method is total. */
export interface Judge {
  authority(text: string, defaultPort: number): Result<Authority, string>
  /** The address that a name stands for without being looked up, `never` when it has none, else null. */
  special(name: string): Address | 'never' | null
  /** What an address is, as seen from this machine. */
  classOf(address: Address): AddressClass
}

/** The judge. `own` lists the addresses of this machine; behind a public one of them are its own services. */
export function strictJudge(own: () => readonly string[] = interfaceAddresses): Judge {
  return {
    authority: readAuthority,
    special(name) {
      if (isUnresolvable(name)) return 'never'
      const text = addressOfSpecialName(name)
      return text === null ? null : readAddress(text)
    },
    classOf(address) {
      const is = addressClass(address)
      if (is !== 'public') return is
      return own().some((text) => readAddress(text)?.text === address.text) ? 'own' : is
    },
  }
}

function interfaceAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address.split('%')[0] ?? ''),
  )
}
