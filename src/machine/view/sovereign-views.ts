/** What operators may look at of themselves, of orders that wait for a second of them, and of domains. */
import type { Json } from '../../base/json.ts'
import type { Operator, Proposal, RegisteredDomain, State } from '../../kernel/state.ts'

/** An operator, with whether their key counts. */
export function operatorView({ id: operator, name, level, publicKey, domain, status }: Operator): Json {
  return { operator, name, level, publicKey, domain: domain ?? null, status: status ?? 'active' }
}

/** An order that waits, with the very text that was proposed: its SHA-256 is the digest to sign for. */
export function proposalView({ operators }: State, kept: Proposal): Json {
  const { id: proposal, operator, action, digest, expiresAt, signed } = kept
  const operatorName = operators.get(operator)?.name ?? ''
  return { proposal, operator, operatorName, action, digest, expiresAt, record: signed.record }
}

/** A domain as the sovereign knows it, and what its kernel said last of what it acts on. */
export function domainView(known: RegisteredDomain): Json {
  const { name, weight, status, statement, validUntil, acknowledged } = known
  return {
    name,
    weight,
    status,
    statement,
    validUntil,
    acknowledged: acknowledged?.statement ?? null,
    canonVersion: acknowledged?.canonVersion ?? null,
    ledgerKey: acknowledged?.ledgerKey ?? null,
  }
}

/** Domains under numbers of their order, which never changes: what pages of a list are counted by. */
export function numbered({ domains }: State): Iterable<readonly [number, RegisteredDomain]> {
  return [...(domains?.values() ?? [])].map((known, index) => [index + 1, known] as const)
}
