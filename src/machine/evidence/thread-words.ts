/** What the kernel and its evidence thread say to each other. Plain data: it is copied from one to the other. */

/** What the thread is started with. */
export interface EvidenceTask {
  /** The folder of the domain, with its ledger in it. */
  readonly domainFolder: string
  readonly domain: string
  /** The ledger's public key, base64url. */
  readonly ledgerKey: string
}

/** To the thread: state a tree head, or keep the one stated now that it is signed. */
export type ToEvidence =
  | { readonly ask: 'state'; readonly seq: number; readonly chain: string; readonly at: number }
  | { readonly ask: 'keep'; readonly signature: string }

/** From the thread. */
export type FromEvidence =
  | { readonly is: 'stated'; readonly text: string }
  | { readonly is: 'kept' }
  /** Nothing is signed any more, and why. The thread is of no more use. */
  | { readonly is: 'stopped'; readonly why: string }
