/**
 * The kernel's half of its evidence: decides when a tree head is due and signs what its thread states. A head is due
 * half a second after the one before, or as soon as a thousand events are not covered, whichever is first; one is
 * made at a time, so that under load heads cover more instead of queueing. Costs the kernel one signature a head.
 */
import type { Head } from '../../ledger/port.ts'
import type { FromEvidence, ToEvidence } from './thread-words.ts'

/** When a head is due. */
export const treeHeadLimits = { everyMs: 500, events: 1000, retryMs: 10_000 } as const

/** The thread, or a test's own. */
export interface EvidenceThread {
  post(asked: ToEvidence): void
  end(): void
}

/** What a keeper needs of the world. */
export interface TreeKeeperPorts {
  /** What is durable. */
  head(): Head
  /** Milliseconds since 1970, as heads state it. */
  now(): number
  /** Milliseconds of a clock that does not go back, for when a head is due. */
  elapsedMs(): number
  /** Ed25519 signature of the ledger key, base64url. */
  sign(bytes: Uint8Array): string
  /** Starts a thread that says what it has to say to `said`; it says `stopped` when it ends by itself. */
  start(said: (said: FromEvidence) => void): EvidenceThread
  /** Tells the operator. */
  remark(line: string): void
}

/** Keeps the tree heads of one domain. */
export class TreeKeeper {
  readonly #ports: TreeKeeperPorts
  #thread: EvidenceThread | null = null
  #asked: number | null = null
  #signed = 0
  #signedAt = -Infinity
  #retryAt = -Infinity
  #remarked = ''

  constructor(ports: TreeKeeperPorts) {
    this.#ports = ports
  }

  /** The last event that a signed head covers, as far as this process knows. */
  get signed(): number {
    return this.#signed
  }

  /** Looks whether a head is due, and asks for it. Call it often; `isLast` asks for whatever is not covered. */
  look(isLast = false): void {
    const { seq, hash } = this.#ports.head()
    const now = this.#ports.elapsedMs()
    const waiting = seq - this.#signed
    if (waiting === 0 || this.#asked !== null || now < this.#retryAt) return
    const isDue = waiting >= treeHeadLimits.events || now - this.#signedAt >= treeHeadLimits.everyMs
    if (!isDue && !isLast) return
    this.#asked = seq
    this.#signedAt = now
    this.#thread ??= this.#start()
    this.#thread.post({ ask: 'state', seq, chain: hash, at: this.#ports.now() })
  }

  #start(): EvidenceThread {
    let isOver = false
    const thread = this.#ports.start((said) => {
      if (isOver) return
      if (said.is === 'stopped') {
        isOver = true
        thread.end()
      }
      this.#hear(said)
    })
    return thread
  }

  #hear(said: FromEvidence): void {
    switch (said.is) {
      case 'stated':
        this.#thread?.post({ ask: 'keep', signature: this.#ports.sign(Buffer.from(said.text)) })
        return
      case 'kept':
        this.#signed = this.#asked ?? this.#signed
        this.#asked = null
        this.#remarked = ''
        return
      case 'stopped':
        this.#thread = null
        this.#asked = null
        this.#retryAt = this.#ports.elapsedMs() + treeHeadLimits.retryMs
        if (this.#remarked !== said.why) this.#ports.remark(`no tree head is signed: ${said.why}`)
        this.#remarked = said.why
    }
  }
}
