/**
 * The evidence thread of a kernel's process: reads what is durable, grows the Merkle tree and keeps its heads, beside
 * the kernel's own thread and never on it. It has no key: the kernel signs.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { fromBase64url } from '../../base/base64url.ts'
import { invariant } from '../../base/fault.ts'
import { hexToBytes, sha256 } from '../../base/hash.ts'
import { evidenceFolder } from '../../ledger/evidence/evidence-folder.ts'
import { HeadKeeper } from '../../ledger/evidence/head-keeper.ts'
import { NoteFile } from '../../ledger/evidence/note-file.ts'
import { folderTiles } from '../../ledger/evidence/tile-store.ts'
import { logKeyOf } from '../../ledger/evidence/tree-head.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import type { EvidenceTask, FromEvidence, ToEvidence } from './thread-words.ts'

const task = workerData as EvidenceTask
const place = evidenceFolder(task.domainFolder)
let keeper: HeadKeeper | null = null

function keeperOf(): HeadKeeper {
  const ledgerKey = fromBase64url(task.ledgerKey)
  invariant(ledgerKey !== null, 'a ledger key is base64url')
  const heads = new NoteFile(place.heads)
  const key = logKeyOf(sha256, task.domain, ledgerKey)
  return new HeadKeeper({
    disk: ledgerDisk(task.domainFolder),
    tiles: folderTiles(place.tree),
    heads,
    key,
  })
}

function answer(asked: ToEvidence): FromEvidence {
  keeper ??= keeperOf()
  if (asked.ask === 'keep') {
    keeper.keep(fromBase64url(asked.signature) ?? new Uint8Array())
    rmSync(place.problem, { force: true })
    return { is: 'kept' }
  }
  const chain = hexToBytes(asked.chain) ?? new Uint8Array()
  const stated = keeper.state(asked.seq, { chain, at: asked.at })
  return stated.ok ? { is: 'stated', text: stated.value } : stopped(stated.error)
}

/** Says why, and leaves it where `custos status` finds it. */
function stopped(why: string): FromEvidence {
  try {
    writeFileSync(place.problem, `${why}\n`, { mode: 0o600 })
  } catch {
    // The disk may be what is wrong. The kernel hears it all the same.
  }
  return { is: 'stopped', why }
}

parentPort?.on('message', (asked: ToEvidence) => {
  let said: FromEvidence
  try {
    said = answer(asked)
  } catch (problem) {
    said = stopped(problem instanceof Error ? problem.message : String(problem))
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(said)
})
