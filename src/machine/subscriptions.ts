/**
 * Who hears of which resource. A subscription is made by a call that was let through and answered, and lives
 * only as long as what it was made under: a process that could ask for it, and did not, hears nothing, and one
 * that needed an approval hears what was approved. None of it is state: after a restart nobody is subscribed.
 */
import type { CallId, CapabilityId, Instant, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { whyRefused } from '../kernel/capability/arguments.ts'
import { selectorsOf } from '../kernel/capability/narrow.ts'
import { chainOf, whyDead } from '../kernel/capability/tree.ts'
import type { EventBodies, Outcome } from '../kernel/event.ts'
import type { State } from '../kernel/state.ts'
import { maxUriBytes } from './driver-notice.ts'
import { isAccepted } from './view/definitions.ts'

/** Subscriptions of one process; beyond that the oldest is forgotten. */
const maxOfOneProcess = 1024
const selector = 'resources/subscribe'

interface Subscription {
  readonly process: ProcessId
  readonly object: number
  readonly uri: string
  /** Everything that the call stood on. */
  readonly under: readonly CapabilityId[]
}

/** Every subscription in force. One per machine. */
export class Subscriptions {
  /** Asked for, and not answered yet. */
  readonly #asked = new Map<CallId, Subscription>()
  readonly #made = new Map<string, Subscription>()
  readonly #counts = new Map<ProcessId, number>()

  /** A call was let through: if it subscribes, its end decides. */
  admitted(state: State, body: EventBodies['call.admitted'], args: Uint8Array): void {
    const call = body.selector === selector ? state.calls.get(body.call) : undefined
    if (call === undefined) return
    const parsed = parseStrictJson(args)
    const uri = parsed.ok && isJsonObject(parsed.value) ? parsed.value['uri'] : undefined
    // Nobody is told of a longer one: it is not kept either.
    if (typeof uri !== 'string' || uri.length > maxUriBytes) return
    const { capabilities } = state
    // An approval is over with its call; what it was made from is not.
    const isApproval = capabilities.handleOf(call.capability) === 0
    const own = isApproval ? capabilities.parentOf(call.capability) : call.capability
    const under = [...(own === 0 ? [] : [own]), ...(call.with ?? [])]
    this.#asked.set(call.id, { process: call.process, object: call.object, uri, under })
  }

  /** A call ended: what was done is a subscription. */
  settled(call: CallId, outcome: Outcome): void {
    if (this.#asked.size === 0) return
    const asked = this.#asked.get(call)
    this.#asked.delete(call)
    if (asked === undefined || outcome !== 'done') return
    const key = keyOf(asked)
    this.#drop(key)
    const count = this.#counts.get(asked.process) ?? 0
    if (count >= maxOfOneProcess) this.#dropOldestOf(asked.process)
    this.#made.set(key, asked)
    this.#counts.set(asked.process, (this.#counts.get(asked.process) ?? 0) + 1)
  }

  /** True when `process` subscribed to the resource and what it subscribed under still allows that. */
  hears(state: State, process: ProcessId, object: number, uri: string, at: Instant): boolean {
    const key = keyOf({ process, object, uri })
    const made = this.#made.get(key)
    if (made === undefined) return false
    const driver = state.drivers.get(id(object))
    const lasts = made.under.every((level) => stillAllows(state, level, made, at))
    if (lasts && isAccepted(driver, selector)) return true
    // What has died does not come back; a definition that changed may be accepted again.
    if (!lasts) this.#drop(key)
    return false
  }

  /** True while somebody, attached or not, hears of the resource or has asked to. */
  isWanted(state: State, object: number, uri: string, at: Instant): boolean {
    const isIt = (known: Subscription): boolean => known.object === object && known.uri === uri
    if ([...this.#asked.values()].some(isIt)) return true
    return [...this.#made.values()].some(
      (known) => isIt(known) && this.hears(state, known.process, object, uri, at),
    )
  }

  #drop(key: string): void {
    const made = this.#made.get(key)
    if (made === undefined) return
    this.#made.delete(key)
    const left = (this.#counts.get(made.process) ?? 1) - 1
    if (left === 0) this.#counts.delete(made.process)
    else this.#counts.set(made.process, left)
  }

  #dropOldestOf(process: ProcessId): void {
    for (const [key, made] of this.#made) if (made.process === process) return this.#drop(key)
  }
}

function stillAllows(
  state: State,
  level: CapabilityId,
  { process, uri }: Subscription,
  at: Instant,
): boolean {
  if (!state.capabilities.has(level) || state.capabilities.holderOf(level) !== process) return false
  const chain = chainOf(state, level)
  if (whyDead(state, chain, at) !== null || !selectorsOf(chain).has(selector)) return false
  return whyRefused(chain, selector, { uri }, '') === null
}

function keyOf({ process, object, uri }: Pick<Subscription, 'process' | 'object' | 'uri'>): string {
  return `${process} ${object} ${uri}`
}
