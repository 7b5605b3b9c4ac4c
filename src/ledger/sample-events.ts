/**
 * Events, keys and entropy for the ledger's tests, its golden ledgers and its benchmarks: plausible, of every
 * payload form, and the same on every run.
 */
import { sha256 } from '../base/hash.ts'
import type { Instant, Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Entropy } from '../base/ports.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import type { Actor, Event, EventBodies, EventKind, Payload } from '../kernel/event.ts'
import type { CheckpointSigner } from './checkpoint.ts'
import type { Vault } from './port.ts'

/** A repeatable stream of bytes. Never for anything real. */
export function sampleEntropy(seed: string): Entropy {
  let counter = 0
  return {
    bytes(length) {
      const out = new Uint8Array(length)
      for (let at = 0; at < length; at += 32) {
        out.set(sha256(`${seed} ${counter++}`).subarray(0, Math.min(32, length - at)), at)
      }
      return out
    },
  }
}

/** A signer whose private key everyone knows. */
export function sampleSigner(seed: string): CheckpointSigner {
  const key = sha256(`sample ledger key ${seed}`)
  return { publicKey: publicKeyOf(key), sign: (bytes) => sign(key, bytes) }
}

const kernelActor: Actor = { kind: 'kernel', id: 0 }
const start = 1_790_000_000_000

/** Event `seq` of a sample ledger: 1 creates the domain; then admissions, outcomes and refusals alternate. */
export function sampleEvent(seq: number, vault: Vault, ledgerKey: string): Event {
  if (seq === 1) return envelope(1, kernelActor, 0, null, 'domain.created', createdBody(ledgerKey))
  if (seq === 2) {
    const body = { boot: 1, code: '0.1.0', policyVersion: 'p1' }
    return envelope(2, kernelActor, 0, null, 'kernel.booted', body)
  }
  const process: Actor = { kind: 'process', id: 7 }
  const payload = samplePayload(seq, vault)
  if (seq % 3 === 0) return envelope(seq, process, 0, payload, 'call.admitted', admittedBody(seq))
  if (seq % 3 === 1)
    return envelope(seq, { kind: 'driver', id: 4 }, seq - 1, payload, 'call.settled', settledBody(seq))
  return envelope(seq, process, 0, null, 'syscall.refused', refusedBody())
}

/** `count` consecutive sample events that begin with `seq`. */
export function sampleBatch(seq: number, count: number, vault: Vault, ledgerKey: string): readonly Event[] {
  return Array.from({ length: count }, (_, index) => sampleEvent(seq + index, vault, ledgerKey))
}

function samplePayload(seq: number, vault: Vault): Payload {
  const length = seq % 17 === 0 ? 5000 : (seq * 37) % 200
  const bytes = Buffer.from(`argument ${seq} `.repeat(Math.ceil(length / 10))).subarray(0, length)
  return { commitment: vault.commit(bytes), length, bytes: new Uint8Array(bytes) }
}

function envelope<K extends EventKind>(
  seq: number,
  actor: Actor,
  cause: number,
  payload: Payload | null,
  kind: K,
  body: EventBodies[K],
): Event {
  const authority = actor.kind === 'process' ? { capability: id(12), root: id(9) } : null
  const at = id<Instant>(start + seq * 10)
  return { seq: id<Seq>(seq), at, actor, cause, authority, payload, kind, body } as unknown as Event
}

function createdBody(ledgerKey: string): EventBodies['domain.created'] {
  return { name: 'main', canonDigest: '0'.repeat(64), canonVersion: 1, policyVersion: 'p1', ledgerKey }
}

const verdict = { effect: 'allow', version: 'p1', reasons: ['gr\u00fcn \ud83d\udfe2'] } as const

function admittedBody(seq: number): EventBodies['call.admitted'] {
  return {
    process: id(7),
    object: id(4),
    selector: 'tools/read_text_file',
    effect: 'observe',
    call: id(seq),
    capability: id(12),
    deadline: id(start + seq * 10 + 60_000),
    verdict,
  }
}

function settledBody(seq: number): EventBodies['call.settled'] {
  return { call: id(seq - 1), outcome: 'done', reason: '', released: false }
}

function refusedBody(): EventBodies['syscall.refused'] {
  return {
    process: id(7),
    object: 4,
    selector: 'tools/write_file',
    code: 'selector-not-granted',
    message: 'tools/write_file is not granted',
    needed: 'a capability with tools/write_file',
    verdict: null,
    collects: 0,
  }
}
