/**
 * Makes the bundle of one event: the records it stands on, each with the way to the root of one signed head. Tiles are
 * a cache that anybody could have written to, so every proof is checked before it is handed out; where they do not
 * serve, the tree is built from the records in a folder of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../../base/hash.ts'
import { toBase64 } from '../../ledger/evidence/base64.ts'
import { readLedgerNote } from '../../ledger/evidence/head-keeper.ts'
import { LedgerTree } from '../../ledger/evidence/ledger-tree.ts'
import { leafHash, sameHash } from '../../ledger/evidence/merkle.ts'
import { inclusionProof, rootFromInclusion } from '../../witness/merkle-proof.ts'
import { folderTiles } from '../../ledger/evidence/tile-store.ts'
import type { TileStore } from '../../ledger/evidence/tiles.ts'
import { TileNodes } from '../../ledger/evidence/tiles.ts'
import type { TreeHead } from '../../ledger/evidence/tree-head.ts'
import type { EvidenceBundle, ProvedRecord } from '../../witness/evidence-bundle.ts'
import { bestHead, keptHeads } from '../../witness/kept-heads.ts'
import type { EvidenceView } from '../evidence-view.ts'
import { damagedFailure, usageFailure } from '../exit.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { damaged } from '../ledger-folder.ts'
import { standsOn } from './stands-on.ts'

/** The bundle of event `seq`. With `payloads`, those that this machine can open are in it in the clear. */
export function makeBundle(
  folder: LedgerFolder,
  { place, key, word }: EvidenceView,
  seq: number,
  payloads: boolean,
): EvidenceBundle {
  const positions = standsOn(folder, seq)
  if (positions === null) throw usageFailure(`there is no event ${seq}`)
  const kept = bestHead(keptHeads(place), seq)
  if (kept === null)
    throw usageFailure(
      `no signed tree head covers event ${seq} yet`,
      'they are made while Custos runs: custos up',
    )
  const head = readLedgerNote(kept.note, key)
  if (!head.ok)
    throw damagedFailure(`the kept tree head does not hold: ${head.error}`, 'run: custos ledger verify')
  const records = positions
    .filter((position) => position <= head.value.size)
    .map((position) => recordAt(folder, position))
  const proved = prove(folderTiles(place.tree), head.value, records) ?? proveAnew(folder, head.value, records)
  const opened = payloads ? openedPayloads(folder, records) : null
  return {
    custos: 'evidence-bundle-1',
    key: word,
    checkpoint: kept.note,
    event: seq,
    records: proved,
    ...(opened === null ? {} : { payloads: opened }),
  }
}

interface StoredRecord {
  readonly seq: number
  readonly bytes: Uint8Array
}

function recordAt({ reader }: LedgerFolder, seq: number): StoredRecord {
  const record = reader.at(seq)
  if (!record.ok) throw damaged(record.error)
  if (record.value === null) throw usageFailure(`there is no event ${seq}`)
  return { seq, bytes: record.value.bytes }
}

/** Every record with its proof, or null when the tiles do not lead to the root. */
function prove(
  tiles: TileStore,
  { size, root }: TreeHead,
  records: readonly StoredRecord[],
): ProvedRecord[] | null {
  const nodes = new TileNodes(sha256, tiles, size)
  const proved: ProvedRecord[] = []
  for (const { seq, bytes } of records) {
    const proof = inclusionProof(sha256, nodes, seq - 1, size)
    const reached =
      proof === null ? null : rootFromInclusion(sha256, leafHash(sha256, bytes), seq - 1, size, proof)
    if (proof === null || reached === null || !sameHash(reached, root)) return null
    proved.push({ seq, record: toBase64(bytes), proof: proof.map(toBase64) })
  }
  return proved
}

function proveAnew(folder: LedgerFolder, head: TreeHead, records: readonly StoredRecord[]): ProvedRecord[] {
  const own = mkdtempSync(join(tmpdir(), 'custos-tree-'))
  try {
    const tiles = folderTiles(own)
    const built = new LedgerTree(folder.disk, tiles, null).advance(head.size)
    const proved = built.ok ? prove(tiles, head, records) : null
    if (proved !== null) return proved
    throw damagedFailure('this ledger is not the one that its tree head signs', 'run: custos ledger verify')
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

function openedPayloads(
  folder: LedgerFolder,
  records: readonly StoredRecord[],
): NonNullable<EvidenceBundle['payloads']> {
  const wanted = new Set(records.map(({ seq }) => seq))
  const opened: { readonly seq: number; readonly bytes: string }[] = []
  for (const event of folder.events()) {
    const bytes = wanted.has(event.seq) && event.payload !== null ? folder.payload(event) : null
    if (bytes !== null) opened.push({ seq: event.seq, bytes: toBase64(bytes) })
  }
  return opened
}
