/**
 * A domain in a folder with a real ledger, and orders that nobody has to sign: for what happens to stored history.
 * Everything is durable when a method returns.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Instant } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import { Core } from '../../src/machine/core.ts'
import type { OpenedDomain } from '../../src/machine/open-domain.ts'
import { openDomain } from '../../src/machine/open-domain.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import { assumedOrder } from './assumed-order.ts'

const began = 1_700_000_000_000

/** A home that is removed by `dispose`. */
export class StoredDomain {
  readonly home: string = mkdtempSync(join(tmpdir(), 'custos-stored-'))
  readonly folder: string = join(this.home, 'domains', 'main')
  now: number = began
  readonly #segmentBytes: number
  readonly #operatorKey: string
  #nonce = 0
  #opened: OpenedDomain | null = null
  #core: Core | null = null

  /** `operatorKey` is the public key of its one operator, where something is to be signed after all. */
  constructor(segmentBytes = 65_536, operatorKey = 'k') {
    this.#segmentBytes = segmentBytes
    this.#operatorKey = operatorKey
  }

  /** The domain that is open. */
  get opened(): OpenedDomain {
    assert.ok(this.#opened !== null)
    return this.#opened
  }

  /** Its core. */
  get core(): Core {
    assert.ok(this.#core !== null)
    return this.#core
  }

  /** Why the folder cannot be opened, or null: then it is closed again at once. */
  async whyNot(): Promise<string | null> {
    const opened = await openDomain(this.home, 'main', { clock: this.#clock, entropy: systemEntropy() })
    if (!opened.ok) return opened.error
    opened.value.ledger.close()
    opened.value.release()
    return null
  }

  /** Closes as a death would: what was not signed stays so. */
  abandon(): void {
    this.opened.ledger.close()
    this.opened.release()
  }

  /** Opens the folder, begins the domain if there is none, and records the boot. */
  async open(): Promise<OpenedDomain> {
    const ports = { clock: this.#clock, entropy: systemEntropy(), segmentBytes: this.#segmentBytes }
    const opened = await openDomain(this.home, 'main', ports)
    if (!opened.ok) assert.fail(opened.error)
    this.#opened = opened.value
    const { state, ledger, ledgerKey, snapshots } = opened.value
    this.#core = new Core(state, {
      clock: this.#clock,
      ledger,
      judge: builtinJudge,
      defer: (task) => void setImmediate(task),
      fail: (failure) => assert.fail(failure.message),
      snapshot: snapshots.take,
    })
    const policyVersion = builtinJudge.version
    if (state.domain === null) {
      const names = { name: 'main', operatorName: 'ada', operatorKey: this.#operatorKey, ledgerKey }
      this.core.submit({ kind: 'domain.create', ...names, canonDigest, canonVersion, policyVersion })
    }
    const { safeguards } = this.opened.outcome
    this.core.submit({ kind: 'kernel.boot', code: 'test', policyVersion, halt: null, safeguards })
    await this.settle()
    return this.opened
  }

  /** Adds `count` agents, a second apart, each durable before the next: as many events, each a batch. */
  async addAgents(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.now += 1_000
      const name = `agent${this.core.state.seq}`
      this.#order({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
      // oxlint-disable-next-line no-await-in-loop -- one after another is what is wanted
      await this.settle()
    }
  }

  /** Waits until everything is durable and signed. */
  async seal(): Promise<void> {
    if (!this.core.isSealed) this.core.wantCheckpoint()
    do await this.#turn()
    while (!this.core.isSealed)
  }

  /** Waits until everything is durable. */
  async settle(): Promise<void> {
    while (!this.core.idle) await this.#turn()
  }

  /** Seals and closes. */
  async close(): Promise<void> {
    await this.seal()
    this.opened.ledger.close()
    this.opened.release()
  }

  dispose(): void {
    rmSync(this.home, { recursive: true })
  }

  #order(command: OrderAction): void {
    this.#nonce += 1
    const count = this.#nonce + this.core.state.seq * 1_000
    const order = assumedOrder(command, { count, time: this.now })
    const { refusal } = this.core.submit({ kind: 'order', order, waiting: true, undispatched: new Set() })
    assert.equal(refusal, null)
  }

  readonly #clock = { now: (): Instant => id<Instant>(this.now) }

  #turn(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve))
  }
}
