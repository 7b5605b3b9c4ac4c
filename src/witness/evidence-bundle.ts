/**
 * Evidence for one event in one file: its record, those of its authority and of all it stands on, the proof that each
 * is in one tree, and that tree's head with the signatures under it. Whoever has the ledger's key, or a witness's, needs
 * nothing else. The ports are all that this needs of the world, so that the same code verifies in a browser.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Event } from '../kernel/event.ts'
import { fromBase64 } from '../ledger/evidence/base64.ts'
import { leafHash, sameHash } from '../ledger/evidence/merkle.ts'
import { rootFromInclusion } from './merkle-proof.ts'
import type { NoteKey, VerificationPorts } from '../ledger/evidence/note.ts'
import { isSignedBy, parseKey, parseNote } from '../ledger/evidence/note.ts'
import type { TreeHead } from '../ledger/evidence/tree-head.ts'
import { domainOfOrigin, logKeyOf, parseTreeHead } from '../ledger/evidence/tree-head.ts'
import { cosignedAt } from './cosignature.ts'

/** A bundle as it is written: JSON, hashes and records in base64. */
export interface EvidenceBundle {
  readonly custos: 'evidence-bundle-1'
  /** The ledger's key as one word. Not believed where another is given. */
  readonly key: string
  /** The note of the tree head, cosignatures included. */
  readonly checkpoint: string
  /** The event that it is evidence for. */
  readonly event: number
  /** That event, what it stands on, and the first event; by position. */
  readonly records: readonly ProvedRecord[]
  /** Arguments and results in the clear, if they were asked for. The tree has only their commitments. */
  readonly payloads?: readonly { readonly seq: number; readonly bytes: string }[]
}

/** One record and the way from it to the root. */
export interface ProvedRecord {
  readonly seq: number
  readonly record: string
  readonly proof: readonly string[]
}

/** What verification needs beside the ports of notes. */
export interface BundlePorts extends VerificationPorts {
  /** Decodes a record strictly. The error says what is wrong with it. */
  decode(record: Uint8Array, seq: number): Result<Event, string>
}

/** What a bundle proves. */
export interface VerifiedBundle {
  readonly event: Event
  /** Everything in it, by position. */
  readonly events: readonly Event[]
  readonly head: TreeHead
  readonly domain: string
  readonly key: NoteKey
  /** When each witness that was named cosigned it, in seconds since 1970. */
  readonly cosigned: ReadonlyMap<string, number>
}

/** Bounds on what is read. */
export const bundleLimits = { bytes: 67_108_864, records: 4096, proof: 64 } as const

/** Reads the form of a bundle. The error says what is wrong with it. */
export function parseBundle(text: string): Result<EvidenceBundle, string> {
  if (text.length > bundleLimits.bytes) return err(`a bundle is at most ${bundleLimits.bytes} bytes long`)
  let bundle: Partial<EvidenceBundle> | null
  try {
    bundle = JSON.parse(text) as Partial<EvidenceBundle> | null
  } catch {
    return err('it is not JSON')
  }
  if (typeof bundle !== 'object' || bundle?.custos !== 'evidence-bundle-1')
    return err('it is not an evidence bundle, or one of a later version')
  const { key, checkpoint, event, records, payloads = [] } = bundle
  if (typeof key !== 'string' || typeof checkpoint !== 'string' || !isPosition(event))
    return err('its key, its checkpoint or its event is missing')
  if (!Array.isArray(records) || records.length === 0 || records.length > bundleLimits.records)
    return err(`it has 1 to ${bundleLimits.records} records`)
  if (!(records as unknown[]).every(isProved)) return err('one of its records is not one')
  if (!Array.isArray(payloads) || !(payloads as unknown[]).every(isPayload))
    return err('one of its payloads is not one')
  return ok({ custos: 'evidence-bundle-1', key, checkpoint, event, records, payloads })
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isProved(value: unknown): boolean {
  const { seq, record, proof } = (value ?? {}) as Partial<ProvedRecord>
  if (!isPosition(seq) || typeof record !== 'string' || !Array.isArray(proof)) return false
  return proof.length <= bundleLimits.proof && (proof as unknown[]).every((step) => typeof step === 'string')
}

function isPayload(value: unknown): boolean {
  const { seq, bytes } = (value ?? {}) as { readonly seq?: unknown; readonly bytes?: unknown }
  return isPosition(seq) && typeof bytes === 'string' && fromBase64(bytes) !== null
}

/**
 * Verifies that everything in a bundle is in the tree that its head signs. `key` is the ledger's as known from
 * elsewhere, null to take the bundle's own; every one of `witnesses` must have cosigned the head. The error says what
 * does not hold.
 */
export function verifyBundle(
  ports: BundlePorts,
  bundle: EvidenceBundle,
  key: NoteKey | null,
  witnesses: readonly NoteKey[],
): Result<VerifiedBundle, string> {
  const own = parseKey(ports.hash, bundle.key)
  if (!own.ok) return err(`the key of the bundle: ${own.error}`)
  const used = key ?? own.value
  const note = parseNote(bundle.checkpoint)
  const head = note.ok ? parseTreeHead(note.value.text) : note
  if (!note.ok || !head.ok) return err(`the checkpoint is not one: ${head.ok ? '' : head.error}`)
  const domain = domainOfOrigin(head.value.origin)
  if (domain === null || head.value.origin !== used.name)
    return err(`the checkpoint is of ${head.value.origin}, not of ${used.name}`)
  if (!isSignedBy(ports, note.value, used)) return err('the ledger key did not sign the checkpoint')
  const cosigned = new Map<string, number>()
  for (const witness of witnesses) {
    const at = cosignedAt(ports, note.value, witness)
    if (at === null) return err(`the checkpoint is not cosigned by ${witness.name}`)
    cosigned.set(witness.name, at)
  }
  const events = provedEvents(ports, bundle.records, head.value)
  if (!events.ok) return events
  const event = events.value.find(({ seq }) => seq === bundle.event)
  if (event === undefined) return err(`event ${bundle.event}, which it is about, is not in it`)
  const begun = whyNotBegun(ports, events.value[0], domain, used)
  if (begun !== null) return err(begun)
  return ok({ event, events: events.value, head: head.value, domain, key: used, cosigned })
}

function provedEvents(
  ports: BundlePorts,
  records: readonly ProvedRecord[],
  { size, root }: TreeHead,
): Result<readonly Event[], string> {
  const events: Event[] = []
  let last = 0
  for (const { seq, record, proof } of records) {
    if (seq <= last) return err('its records are not in order')
    last = seq
    const bytes = fromBase64(record)
    const steps = proof.map(fromBase64).filter((step) => step !== null)
    if (bytes === null || steps.length !== proof.length) return err(`record ${seq} is not base64`)
    const reached = rootFromInclusion(ports.hash, leafHash(ports.hash, bytes), seq - 1, size, steps)
    if (reached === null || !sameHash(reached, root))
      return err(`event ${seq} is not in the tree of the checkpoint`)
    const event = ports.decode(bytes, seq)
    if (!event.ok) return err(`record ${seq}: ${event.error}`)
    events.push(event.value)
  }
  return ok(events)
}

/** The first event says whose ledger it is: the key that signs and the domain must be those. */
function whyNotBegun(
  ports: BundlePorts,
  first: Event | undefined,
  domain: string,
  key: NoteKey,
): string | null {
  if (first?.kind !== 'domain.created') return 'the event that began the domain is not in it'
  if (first.body.name !== domain)
    return `it began domain ${first.body.name}, and the checkpoint is of ${domain}`
  const named = fromBase64(padded(first.body.ledgerKey))
  const isIt = named?.length === 32 && sameHash(named, key.publicKey)
  return isIt && logKeyOf(ports.hash, domain, key.publicKey).name === key.name
    ? null
    : 'the domain was begun with another ledger key'
}

/** Base64url as padded base64. */
function padded(text: string): string {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/')
  return plain.padEnd(Math.ceil(plain.length / 4) * 4, '=')
}
