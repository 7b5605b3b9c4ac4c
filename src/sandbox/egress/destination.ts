/**
 * From a host to the addresses that may be connected to. Before the gate is asked nothing is looked up: a look-up
 * carries its question out of the machine. So the address belongs to the question only where it is known without
 * one; after the yes a name is looked up once, all of its answers are judged, and one bad answer spoils them all,
 * because a name that mixes the open network with addresses near us was made to.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { type Address, readAddress } from './address.ts'
import type { Authority } from './authority.ts'
import type { Lookup } from './few-lookups.ts'
import type { Judge } from './judge.ts'

/** Why nothing may be connected to, and the address that it is about, if one is. */
export interface Unreachable {
  readonly reason: string
  readonly address: string
  /** True when the address is not one that may be reached, as opposed to not found. */
  readonly isForbidden: boolean
}

/** How many answers for one name are taken into account. */
const mostAnswers = 64

/**
 * The address to name in the question to the gate, or null when it needs none: an open address, or a name that is
 * to be looked up afterwards. `pins` are the addresses that were granted for this very host.
 */
export function addressToAsk(where: Authority, pins: readonly string[], judge: Judge): string | null {
  if (where.address !== null) return judge.classOf(where.address) === 'public' ? null : where.address.text
  const special = judge.special(where.host)
  const pin = pins.map((text) => readAddress(text)).find((address) => address !== null)
  if (pin !== undefined) return pin.text
  return special === null || special === 'never' ? null : special.text
}

/** What `addressesToConnect` needs. `asked` is what `addressToAsk` gave, and was part of what the gate allowed. */
export interface Wanted {
  readonly where: Authority
  readonly asked: string | null
  readonly pins: readonly string[]
}

/** The addresses to try, in order, after the gate's yes. */
export async function addressesToConnect(
  wanted: Wanted,
  { judge, lookup }: { readonly judge: Judge; readonly lookup: Lookup },
  signal: AbortSignal,
): Promise<Result<readonly Address[], Unreachable>> {
  const { where, asked, pins } = wanted
  if (asked !== null) return pinned(asked, pins, judge)
  if (where.address !== null) return ok([where.address])
  if (judge.special(where.host) !== null) return err(notFound(`${where.host} is not looked up`))
  let answers: readonly string[]
  try {
    answers = await lookup(where.host, signal)
  } catch {
    return err(notFound(`${where.host} was not found`))
  }
  return judgeAnswers(where.host, answers, judge)
}

/** Second lock on what is near us: the kernel allowed the argument, and a grant names it beside this very host. */
function pinned(
  asked: string,
  pins: readonly string[],
  judge: Judge,
): Result<readonly Address[], Unreachable> {
  const address = readAddress(asked)
  if (address === null) return err(forbidden(asked, 'it is not an address'))
  const is = judge.classOf(address)
  if (is === 'public' || pins.some((text) => readAddress(text)?.text === address.text)) return ok([address])
  return err(forbidden(address.text, `a grant would have to name this ${is} address beside this host`))
}

function judgeAnswers(
  host: string,
  answers: readonly string[],
  judge: Judge,
): Result<readonly Address[], Unreachable> {
  if (answers.length === 0) return err(notFound(`${host} has no address`))
  if (answers.length > mostAnswers) return err(notFound(`${host} has too many addresses`))
  const addresses: Address[] = []
  for (const text of answers) {
    const address = readAddress(text)
    if (address === null) return err(forbidden(text, `${host} leads to something that is not an address`))
    const is = judge.classOf(address)
    if (is !== 'public') {
      return err(
        forbidden(address.text, `${host} leads to a ${is} address, which a grant would have to name`),
      )
    }
    addresses.push(address)
  }
  return ok(addresses)
}

function forbidden(address: string, reason: string): Unreachable {
  return { reason, address, isForbidden: true }
}

function notFound(reason: string): Unreachable {
  return { reason, address: '', isForbidden: false }
}
