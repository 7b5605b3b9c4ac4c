/** Keeps the evidence of the domain that this process opened: looks now and then, and a last time before it ends. */
import { join } from 'node:path'
import type { SegmentLog } from '../../ledger/segment-log.ts'
import { startEvidenceThread } from './thread.ts'
import { TreeKeeper } from './tree-keeper.ts'

/** How often is looked, and how long the end of the process waits for the last tree head. */
const lookMs = 50
const lastHeadMs = 1_000

/** What there must be of a domain. */
export interface EvidencedDomain {
  readonly ledger: SegmentLog
  readonly ledgerKey: string
  sign(bytes: Uint8Array): string
}

/** The evidence of a domain, being kept. */
export interface KeptEvidence {
  /** Asks for what is missing; true once the last event is covered, or it took too long. */
  isSettled(): boolean
}

/** Begins to keep the evidence of domain `domain` under `home`. */
export function keepEvidence(home: string, domain: string, opened: EvidencedDomain): KeptEvidence {
  const domainFolder = join(home, 'domains', domain)
  const { ledger, ledgerKey } = opened
  const task = { domainFolder, domain, ledgerKey }
  const keeper = new TreeKeeper({
    head: () => ledger.head,
    now: () => Date.now(),
    elapsedMs: () => performance.now(),
    sign: (bytes) => opened.sign(bytes),
    start: (said) => startEvidenceThread(task, said),
    remark: (line) => process.stderr.write(`kernel ${domain}: ${line}\n`),
  })
  setInterval(() => keeper.look(), lookMs)
  let waitingSince: number | null = null
  return {
    isSettled() {
      waitingSince ??= performance.now()
      keeper.look(true)
      return keeper.signed >= ledger.durable || performance.now() - waitingSince > lastHeadMs
    },
  }
}
