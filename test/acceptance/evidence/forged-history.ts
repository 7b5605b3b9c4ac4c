/**
 * A ledger with all its evidence, and an attacker who is root: with the ledger's key, they write any history anew so
 * that everything in the folder agrees with it. What is left to find them out is what lies elsewhere.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { found } from '../../../src/base/fault.ts'
import { fromBase64url } from '../../../src/base/base64url.ts'
import { sha256 } from '../../../src/base/hash.ts'
import type { Seq } from '../../../src/base/ids.ts'
import { id } from '../../../src/base/ids.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { HeadKeeper } from '../../../src/ledger/evidence/head-keeper.ts'
import { NoteFile } from '../../../src/ledger/evidence/note-file.ts'
import type { NoteKey } from '../../../src/ledger/evidence/note.ts'
import { textBytes } from '../../../src/ledger/evidence/note.ts'
import { memoryTiles } from '../../../src/ledger/evidence/tile-store.ts'
import type { TileStore } from '../../../src/ledger/evidence/tiles.ts'
import { logKeyOf } from '../../../src/ledger/evidence/tree-head.ts'
import { append, bench, checkpoint, mustOpen } from '../../../src/ledger/ledger-contract.ts'
import { memoryDisk } from '../../../src/ledger/memory-disk.ts'
import type { Disk } from '../../../src/ledger/port.ts'
import { sampleBatch } from '../../../src/ledger/sample-events.ts'
import { verifyLedger } from '../../../src/ledger/verify.ts'
import type { Reply } from '../../../src/witness/ask-witness.ts'
import { readHead, TreeCheck } from '../../../src/witness/tree-check.ts'
import { createWitnessKey, memoryOf } from '../../../src/witness/witness-key.ts'
import { WitnessMemory } from '../../../src/witness/witness-memory.ts'
import { Witness } from '../../../src/witness/witness.ts'
import { submitHead } from '../../../src/witness/submit.ts'

const options = bench(32_768)
const raw = (text: string): Uint8Array => found(fromBase64url(text), 'base64url')

/** The key of the ledger, which the attacker has as well. */
export const ledgerPublicKey: string = options.signer.publicKey
/** The log that it is. */
export const ledgerKey: NoteKey = logKeyOf(sha256, 'main', raw(ledgerPublicKey))

/** Everything that is in one folder. */
export interface Evidenced {
  readonly disk: Disk
  readonly tiles: TileStore
  /** The newest tree head at each number of events that was asked for, and at the end. */
  readonly heads: ReadonlyMap<number, string>
  readonly newest: string
}

/** `count` honest events. */
export function honestEvents(count: number): readonly Event[] {
  return sampleBatch(1, count, options.vault, options.signer.publicKey).map((event) => ({
    ...event,
    payload: null,
  }))
}

/** Writes a history with all its evidence in memory: a tree head at every size of `at` and at the end. */
export async function written(events: readonly Event[], at: readonly number[] = []): Promise<Evidenced> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-forged-'))
  try {
    return await writtenTo(
      { disk: memoryDisk(), tiles: memoryTiles(), headFile: join(folder, 'heads') },
      events,
      at,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Writes it there, ten events a batch. */
export async function writtenTo(
  { disk, tiles, headFile }: { readonly disk: Disk; readonly tiles: TileStore; readonly headFile: string },
  events: readonly Event[],
  at: readonly number[] = [],
): Promise<Evidenced> {
  const { ledger } = await mustOpen(disk, options)
  const keeper = new HeadKeeper({ disk, tiles, heads: new NoteFile(headFile), key: ledgerKey })
  const heads = new Map<number, string>()
  let newest = ''
  for (let start = 0; start < events.length;) {
    const end = Math.min(start + 10, ...at.filter((size) => size > start), events.length)
    assert.equal(await append(ledger, events.slice(start, end)), null)
    start = end
    if (!at.includes(end) && end < events.length) continue
    const stated = keeper.state(end, { chain: Buffer.from(ledger.head.hash, 'hex'), at: end })
    assert.ok(stated.ok, JSON.stringify(stated))
    newest = keeper.keep(raw(options.signer.sign(textBytes(stated.value))))
    heads.set(end, newest)
    assert.equal(await checkpoint(ledger, end), null)
  }
  ledger.close()
  return { disk, tiles, heads, newest }
}

/** The events as an attacker numbers them anew. */
export function renumbered(events: readonly Event[]): readonly Event[] {
  return events.map((event, index) => {
    const seq = id<Seq>(index + 1)
    return { ...event, seq, cause: Math.min(event.cause, index) }
  })
}

/** What a verifier finds who has the folder, the key, and the tree heads `kept` elsewhere. Empty: nothing. */
export function findings({ disk, newest }: Evidenced, kept: readonly string[] = []): readonly string[] {
  const heads = [newest, ...kept].map((note) => {
    const read = readHead('a tree head', note, ledgerKey, [])
    assert.ok(read.ok, JSON.stringify(read))
    return read.value
  })
  const check = new TreeCheck(heads, memoryTiles())
  const report = verifyLedger(disk, {
    publicKey: options.signer.publicKey,
    also: ({ event, bytes }) => check.take(event.seq, bytes),
  })
  return [...report.problems, ...check.problems(report.events)].map(({ code }) => code)
}

/** A witness that lives as long as `body`. It says what it answered to the newest head of a folder. */
export async function withWitness(
  body: (bring: (folder: Evidenced, oldSize?: number) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-forged-witness-'))
  const file = join(folder, 'key')
  const key = createWitnessKey(file, 'witness.example/one')
  assert.ok(key.ok)
  const memory = WitnessMemory.open(memoryOf(file))
  assert.ok(memory.ok)
  const own = { key: key.value.key, sign: key.value.sign, memory: memory.value }
  const witness = new Witness({ ...own, logs: [ledgerKey], now: () => 1, remark: () => undefined })
  const ask = (request: string): Promise<Reply> => Promise.resolve(witness.add(request))
  try {
    await body(async ({ newest, tiles }, oldSize = 0) => {
      const answer = await submitHead({ note: newest, tiles, witness: own.key, oldSize }, ask)
      return answer.ok ? 'cosigned' : answer.error.code
    })
  } finally {
    memory.value.close()
    rmSync(folder, { recursive: true })
  }
}
