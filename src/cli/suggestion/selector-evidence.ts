/**
 * What is remembered of the calls of one selector: how many and when, a few positions in the ledger to look
 * at, how busy the busiest minute was, and what each argument was.
 */
import type { JsonObject } from '../../base/json.ts'
import { limits } from '../../kernel/limits.ts'
import { ValueEvidence } from './value-evidence.ts'

/** A call that was admitted. `arguments` is null when they cannot be opened here. */
export interface ObservedCall {
  /** Position of the admission in the ledger. */
  readonly seq: number
  readonly at: number
  readonly object: number
  readonly selector: string
  readonly arguments: JsonObject | null
}

/** The window over which calls are counted for a rate. */
export const minuteMs = 60_000

const keptSeqs = 5

/** The calls of one selector. */
export class SelectorEvidence {
  calls = 0
  /** Calls whose arguments could be opened. */
  opened = 0
  firstAt = 0
  lastAt = 0
  /** The first few positions and the last one. */
  readonly seqs: number[] = []
  /** Calls per clock minute. */
  readonly minutes: Map<number, number> = new Map()
  readonly arguments: Map<string, ValueEvidence> = new Map()
  /** True when calls had more different arguments than a grant can name. */
  tooManyNames = false

  /** Takes one more call into account. */
  add(call: ObservedCall): void {
    if (this.calls === 0) this.firstAt = call.at
    this.calls += 1
    this.lastAt = call.at
    if (this.seqs.length === keptSeqs) this.seqs.pop()
    this.seqs.push(call.seq)
    const minute = Math.floor(call.at / minuteMs)
    this.minutes.set(minute, (this.minutes.get(minute) ?? 0) + 1)
    if (call.arguments === null) return
    this.opened += 1
    for (const [name, value] of Object.entries(call.arguments)) this.#evidenceOf(name)?.add(value)
  }

  #evidenceOf(name: string): ValueEvidence | null {
    const known = this.arguments.get(name)
    if (known !== undefined) return known
    if (this.arguments.size >= limits.argumentTermsPerSelector) {
      this.tooManyNames = true
      return null
    }
    const made = new ValueEvidence()
    this.arguments.set(name, made)
    return made
  }
}
