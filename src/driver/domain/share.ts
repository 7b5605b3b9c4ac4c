/**
 * One share between two domains of a home: `from` gives, `to` takes. Both sides are recorded where they belong: in
 * the ledger of `from` an agent named after `to`, with what was granted it; in that of `to` a driver named after
 * `from`, with what may be asked of it. Neither exists without an operator's signature there.
 */

/** Who gives and who takes. */
export interface Share {
  readonly from: string
  readonly to: string
}

const prefix = 'domain-'

/** The agent that the taking domain is in the giving one. */
export function agentOfShare({ to }: Share): string {
  return `${prefix}${to}`
}

/** The driver that the giving domain is in the taking one. */
export function driverOfShare({ from }: Share): string {
  return `${prefix}${from}`
}

/** The domain that an agent of a giving domain stands for, or null when it is an ordinary agent. */
export function domainOfAgent(name: string): string | null {
  return name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : null
}
