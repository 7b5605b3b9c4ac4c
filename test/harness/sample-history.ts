/** A history for the tests of reading: many actors and kinds, calls that end much later, the same on every run. */
import type { Event } from '../../src/kernel/event.ts'
import type { Vault } from '../../src/ledger/port.ts'
import { sampleEvent } from '../../src/ledger/sample-events.ts'

/** A repeatable stream of numbers below `bound`. */
export function sampleNumbers(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * bound)
  }
}

/** Makes the next events of one history, in batches. */
export class SampleHistory {
  readonly events: Event[] = []
  readonly #vault: Vault
  readonly #key: string
  readonly #pick: (bound: number) => number
  readonly #open: { readonly seq: number; readonly process: number }[] = []
  /** The process that each event of a call is of. */
  readonly owners: Map<number, number> = new Map()

  constructor(vault: Vault, key: string, seed: number) {
    this.#vault = vault
    this.#key = key
    this.#pick = sampleNumbers(seed)
  }

  /** The next `count` events. */
  batch(count: number): readonly Event[] {
    const made: Event[] = []
    for (let index = 0; index < count; index++) made.push(this.#next())
    return made
  }

  #next(): Event {
    const seq = this.events.length + 1
    const event = seq < 3 ? sampleEvent(seq, this.#vault, this.#key) : this.#event(seq)
    this.events.push(event)
    return event
  }

  #event(seq: number): Event {
    const pick = this.#pick
    const process = 5 + pick(20)
    const capability = 40 + pick(60)
    const base = {
      ...sampleEvent(seq - (seq % 3), this.#vault, this.#key),
      seq,
      at: 1_790_000_000_000 + Math.floor(seq / 4) * 1000,
    }
    const authority = { capability, root: 9 }
    const signed = { record: '{}', signature: '' }
    const plain = { ...base, cause: 0, authority: null, payload: null }
    const by = (kind: string, id: number) => ({ actor: { kind, id } })
    switch (pick(8)) {
      case 0:
        return {
          ...plain,
          ...by('operator', 1 + pick(3)),
          kind: 'process.killed',
          body: { process, reason: 'x', signed },
        } as unknown as Event
      case 1: {
        const body = { capability, from: process, holder: 5 + pick(20), handle: 1, cut: [] }
        return {
          ...plain,
          ...by('process', process),
          authority,
          kind: 'capability.moved',
          body,
        } as unknown as Event
      }
      case 2:
        return {
          ...plain,
          kind: 'order.refused',
          actor: { kind: 'kernel', id: 0 },
          body: { operator: 1 + pick(3), action: 'x', code: 'not-found', message: '' },
        } as unknown as Event
      case 3:
      case 4: {
        const opened = this.#open.splice(pick(this.#open.length), 1)[0]
        if (opened === undefined) break
        this.owners.set(seq, opened.process)
        const body = { call: opened.seq, outcome: 'done', reason: '', released: false }
        return {
          ...base,
          ...by('driver', 4),
          cause: opened.seq,
          authority,
          kind: 'call.settled',
          body,
        } as unknown as Event
      }
      default:
    }
    this.#open.push({ seq, process })
    this.owners.set(seq, process)
    const { body } = sampleEvent(3, this.#vault, this.#key)
    return {
      ...base,
      ...by('process', process),
      cause: 0,
      authority,
      kind: 'call.admitted',
      body: { ...body, process, capability, call: seq },
    } as unknown as Event
  }
}
