/** Verifies a bundle and says what it proves, without a home or a ledger. */
import { sha256 } from '../../base/hash.ts'
import { nodeVerification } from '../../ledger/evidence/node-verification.ts'
import type { NoteKey } from '../../ledger/evidence/note.ts'
import { formatKey } from '../../ledger/evidence/note.ts'
import { readRecord } from '../../ledger/record.ts'
import type { BundlePorts, EvidenceBundle, VerifiedBundle } from '../../witness/evidence-bundle.ts'
import { parseBundle, verifyBundle } from '../../witness/evidence-bundle.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { showEventLine } from '../event-rendering.ts'
import { learnNames, noNames } from '../names.ts'
import type { Output } from '../output.ts'
import { eventJson } from '../why-rendering.ts'
import type { ProvedAuthority } from './proved-authority.ts'
import { provedAuthority } from './proved-authority.ts'

/** What it is checked against beside itself. */
export interface BundleTrust {
  readonly key: NoteKey | null
  readonly witnesses: readonly NoteKey[]
}

const ports: BundlePorts = {
  ...nodeVerification,
  decode(record, seq) {
    const read = readRecord(Buffer.from(record), 0, record.length, seq)
    if (!read.ok) return read
    if (read.value.bytes.length !== record.length) return { ok: false, error: 'bytes follow it' }
    return { ok: true, value: read.value.event }
  },
}

/** Checks the bundle that `text` is and prints what came out; true when everything holds. */
export function checkBundle(text: string, { key, witnesses }: BundleTrust, out: Output): boolean {
  const bundle = parseBundle(text)
  const proved = bundle.ok ? verifyBundle(ports, bundle.value, key, witnesses) : bundle
  if (!bundle.ok || !proved.ok) {
    const problem = proved.ok ? '' : proved.error
    out.result({ valid: false, problems: [problem] }, [`NOT VALID: ${visible(problem)}`])
    return false
  }
  const authority = provedAuthority(proved.value.event, proved.value.events, proved.value.domain)
  const isSound = authority.problems.length === 0
  const { events, head, domain, cosigned } = proved.value
  out.result(
    {
      valid: isSound,
      problems: authority.problems,
      domain,
      event: eventJson(proved.value.event),
      authority: authority.levels.map(({ capability, made }) => ({ capability, event: made.seq })),
      orders: authority.orders.map(({ event, order }) => ({ event: event.seq, ...order })),
      events: events.length,
      size: head.size,
      key: formatKey(sha256, proved.value.key),
      isKeyGiven: key !== null,
      cosigned: Object.fromEntries(cosigned),
    },
    bundleLines(proved.value, authority, bundle.value, key !== null),
  )
  return isSound
}

function bundleLines(
  { event, events, head, domain, key, cosigned }: VerifiedBundle,
  { levels, orders, problems }: ProvedAuthority,
  { payloads = [] }: EvidenceBundle,
  isKeyGiven: boolean,
): readonly string[] {
  const names = noNames()
  for (const one of events) learnNames(names, one)
  const first = problems[0]
  return [
    first === undefined
      ? `valid: event ${event.seq} of domain ${visible(domain)}`
      : `NOT VALID: ${visible(first)}`,
    `  ${showEventLine(event, names)}`,
    `  it and ${events.length - 1} others are in the tree of ${head.size} events that ${visible(key.name)} signed`,
    ...(isKeyGiven
      ? []
      : ['  THE KEY CAME WITH THE BUNDLE: anybody could have made it; give the one you know with --key']),
    ...[...cosigned].map(([name, at]) => `  cosigned by ${visible(name)} at ${showInstant(at * 1000)}`),
    ...levels.map(({ capability, made }) => `  under c${capability}: ${showEventLine(made, names)}`),
    ...orders.map(
      ({ event: one, order }) =>
        `  ${one.kind} #${one.seq}: ${order.sound ? `signed by ${visible(order.operatorName || 'the sovereign')}` : visible(order.problem)}`,
    ),
    ...(payloads.length === 0
      ? []
      : [
          `  ${payloads.length} payloads are in the clear: only the domain's key shows that they are the committed ones`,
        ]),
  ]
}
