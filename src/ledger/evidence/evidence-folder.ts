/** Where a domain's evidence lies: beside its ledger, so that neither hides the other. */
import { join } from 'node:path'

/** The paths. None of them need exist. */
export interface EvidenceFolder {
  readonly folder: string
  /** Tiles, and in `checkpoint` the newest tree head as anybody may have it: a cache, all of it. */
  readonly tree: string
  /** Tree heads as the kernel signed them. */
  readonly heads: string
  /** Tree heads as witnesses cosigned them. */
  readonly cosigned: string
  /** Which witnesses there are, as the operator configured them. */
  readonly witnesses: string
  /** How it stands with each witness; written by what asks them. */
  readonly state: string
  /** Why nothing is signed any more, where that is so; written by the kernel. */
  readonly problem: string
}

/** The evidence of the domain whose folder that is. */
export function evidenceFolder(domainFolder: string): EvidenceFolder {
  const folder = join(domainFolder, 'evidence')
  return {
    folder,
    tree: join(domainFolder, 'tree'),
    heads: join(folder, 'tree-heads'),
    cosigned: join(folder, 'cosigned'),
    witnesses: join(folder, 'witnesses.json'),
    state: join(folder, 'witness-state.json'),
    problem: join(folder, 'problem'),
  }
}
