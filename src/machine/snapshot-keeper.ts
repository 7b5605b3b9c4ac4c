/**
 * Takes snapshots of a running domain, so that its next opening folds only what came after. Taking one stops the
 * kernel while the state is copied, so while it runs that is done rarely and only of a state that is small; a large
 * one is written at a clean stop, or by `custos ledger snapshot`. A snapshot that cannot be written is nothing lost.
 */
import { canonVersion } from '../kernel/canon/first-edition.ts'
import { stateRoot } from '../kernel/root.ts'
import type { State } from '../kernel/state.ts'
import type { CheckpointSigner } from '../ledger/checkpoint.ts'
import { bodyOf, keepSnapshot, sealSnapshot } from '../ledger/keeping/snapshot-store.ts'
import type { Head } from '../ledger/port.ts'
import type { CanonStep } from './canon-steps.ts'
import { stepsText } from './canon-steps.ts'

/** When snapshots are taken. */
export interface SnapshotLimits {
  /** Events between two of a running kernel: what a start after a crash has to fold at most. */
  readonly everyEvents: number
  /** With more capabilities than this, copying takes longer than an agent should wait. */
  readonly mostCapabilities: number
  /** A stop after fewer events than this takes none: folding them is quicker than it is worth. */
  readonly leastEvents: number
}

const usual: SnapshotLimits = { everyEvents: 250_000, mostCapabilities: 100_000, leastEvents: 10_000 }

/** What taking snapshots needs. */
export interface SnapshotKeeperPorts {
  readonly folder: string
  readonly state: State
  readonly signer: CheckpointSigner
  /** Names the code that folds. */
  readonly code: () => string
  /** Of the ledger, as it is durable. */
  head(): Head
  /** Hears of a snapshot that could not be written. */
  tell(problem: string): void
  readonly limits?: SnapshotLimits
}

/**
 * Of one domain. `since` is the position of the snapshot that it was opened from, or 0; `steps` say how the canon in
 * force then came about. Once another canon is in force none is taken until the next opening, which knows how.
 */
export class SnapshotKeeper {
  readonly #ports: SnapshotKeeperPorts
  #since: number
  readonly #beside: string
  readonly #canon: number
  #writing: Promise<void> | null = null

  constructor(ports: SnapshotKeeperPorts, since: number, steps: readonly CanonStep[]) {
    this.#ports = ports
    this.#since = since
    this.#beside = stepsText(steps)
    this.#canon = steps.at(-1)?.event.body.version ?? canonVersion
  }

  /** For the core: copies the state when it is time, and writes it once it is signed. */
  readonly take = (root: string): (() => void) | null => {
    const { state, limits = usual } = this.#ports
    const isSmall = state.capabilities.size <= limits.mostCapabilities
    const isDue = isSmall && this.#canonHolds && state.seq - this.#since >= limits.everyEvents
    return isDue && this.#writing === null ? this.#copy(root) : null
  }

  /** Keeps the present state, all of which is durable and signed. Resolves when nothing more is written. */
  async keepLast(): Promise<void> {
    await this.#writing
    const { state, limits = usual } = this.#ports
    if (this.#canonHolds && state.seq - this.#since >= limits.leastEvents) this.#copy(stateRoot(state))()
    await this.#writing
  }

  get #canonHolds(): boolean {
    return this.#ports.state.domain?.canonVersion === this.#canon
  }

  #copy(root: string): () => void {
    const { state } = this.#ports
    const { seq } = state
    const body = this.#body()
    return () => {
      const head = this.#ports.head()
      if (body !== null && head.seq === seq) this.#writing = this.#write(body, head, root)
    }
  }

  /** A state that is too large for it, which no limit of the kernel allows, is no reason to stop. */
  #body(): Uint8Array | null {
    try {
      return bodyOf(this.#ports.state, this.#beside)
    } catch (problem) {
      this.#tell(problem)
      return null
    }
  }

  #tell(problem: unknown): void {
    this.#ports.tell(`no snapshot was kept: ${problem instanceof Error ? problem.message : String(problem)}`)
  }

  async #write(body: Uint8Array, head: Head, root: string): Promise<void> {
    const { folder, state, signer } = this.#ports
    try {
      const of = { domain: state.domain?.name ?? '', code: this.#ports.code(), root }
      await keepSnapshot(folder, head.seq, sealSnapshot(body, head, of, signer))
      this.#since = head.seq
    } catch (problem) {
      this.#tell(problem)
    }
    this.#writing = null
  }
}
