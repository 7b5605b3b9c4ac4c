/**
 * The domain that gives, as the adapter of the taking one sees it: an attachment as the agent that stands for the
 * taker. It shows exactly what was granted there, and every call goes through that domain's own gate.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EffectClass } from '../../kernel/effect.ts'
import { effectClasses } from '../../kernel/effect.ts'
import type { Selector } from '../../kernel/capability/terms.ts'
import type { Answer } from '../../wire/answer.ts'
import type { RequestOptions, WireClient } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'
import type { Definition } from '../definition.ts'
import { sharedDefinition } from './shared-selector.ts'

/** One operation that was granted over there. */
export interface GivenOperation {
  /** What it is called here. */
  readonly shared: Definition
  /** The driver over there, and the selector by which that driver knows it. */
  readonly object: number
  readonly selector: Selector
  readonly effect: EffectClass
}

/** Operations by their selector here. */
export type Given = ReadonlyMap<Selector, GivenOperation>

/** Why there is no attachment. `refused`: the token stands for nobody there; trying again is of no use. */
export interface GivingProblem {
  readonly kind: 'refused' | 'away'
  readonly message: string
}

interface Listener {
  changed(): void
}

/** An attachment to the giving domain. */
export class GivingDomain {
  readonly #wire: WireClient
  readonly #listener: Listener
  #given: Given = new Map()

  private constructor(wire: WireClient, listener: Listener) {
    this.#wire = wire
    this.#listener = listener
  }

  /** Attaches at the agents' socket of the giving domain. `signal` ends the attachment. */
  static async attach(
    socket: string,
    token: string,
    signal: AbortSignal,
  ): Promise<Result<GivingDomain, GivingProblem>> {
    const listener: Listener = { changed: () => {} }
    const onNotice = ({ event }: JsonObject): void => {
      if (event === 'changed') listener.changed()
    }
    const wire = await connectWire(socket, { protocol: 1, token }, { onNotice, signal })
    if (wire.ok) return ok(new GivingDomain(wire.value, listener))
    const { reason, message } = wire.error
    const isFinal = reason === 'turned-away' && /token|killed/u.test(message)
    return err({ kind: isFinal ? 'refused' : 'away', message })
  }

  /** `listener` hears that what is given may have changed. There is one. */
  onChanged(listener: () => void): void {
    this.#listener.changed = listener
  }

  /** Resolves when the attachment is over, with why. */
  get over(): Promise<string> {
    return this.#wire.closed.then(({ reason }) => reason)
  }

  /** What is given now, as last read. */
  get given(): Given {
    return this.#given
  }

  close(): void {
    this.#wire.close()
  }

  /** Reads what is given now. The error is a sentence. */
  async read(): Promise<Result<Given, string>> {
    const held = await this.#list({ op: 'capabilities' })
    if (!held.ok) return held
    const given = new Map<Selector, GivenOperation>()
    for (const [object, { name, effects }] of driversOf(held.value)) {
      const defined = await this.#list({ op: 'definitions', object })
      if (!defined.ok) return defined
      for (const entry of defined.value) {
        const operation = operationOf(entry, { object, name, effects })
        if (operation !== null) given.set(operation.shared.selector, operation)
      }
    }
    this.#given = given
    return ok(given)
  }

  /** One call there. Never rejects. */
  call(
    operation: GivenOperation,
    header: JsonObject,
    args: Uint8Array,
    options: RequestOptions,
  ): Promise<Answer> {
    const { object, selector } = operation
    return this.#wire.request({ ...header, op: 'call', selector, object }, args, options)
  }

  async #list(header: JsonObject): Promise<Result<readonly JsonObject[], string>> {
    const answer = await this.#wire.request(header)
    // A driver that is gone, or not attached, offers nothing at the moment.
    if (answer.kind === 'refusal') return ok([])
    if (answer.kind !== 'reply') return err(answer.reason)
    return ok(listIn(answer.body))
  }
}

interface HeldDriver {
  readonly name: string
  readonly effects: Map<Selector, EffectClass>
}

function driversOf(capabilities: readonly JsonObject[]): ReadonlyMap<number, HeldDriver> {
  const drivers = new Map<number, HeldDriver>()
  for (const { object, name, selectors } of capabilities) {
    if (typeof object !== 'number' || typeof name !== 'string' || !Array.isArray(selectors)) continue
    const driver = drivers.get(object) ?? { name, effects: new Map<Selector, EffectClass>() }
    drivers.set(object, driver)
    for (const item of selectors as readonly Json[]) {
      if (!isJsonObject(item)) continue
      const { selector, effect } = item
      const known = effectClasses.find((one) => one === effect)
      if (typeof selector === 'string' && known !== undefined) driver.effects.set(selector, known)
    }
  }
  return drivers
}

function operationOf(
  { selector, definition }: JsonObject,
  { object, name, effects }: HeldDriver & { readonly object: number },
): GivenOperation | null {
  if (typeof selector !== 'string' || !isJsonObject(definition ?? null)) return null
  const shared = sharedDefinition(name, { selector, definition: definition as JsonObject })
  const effect = effects.get(selector)
  return shared === null || effect === undefined ? null : { shared, object, selector, effect }
}

function listIn(body: Uint8Array): readonly JsonObject[] {
  try {
    const list = parseForeignJson(new TextDecoder().decode(body))
    return Array.isArray(list) ? list.filter((item: Json) => isJsonObject(item)) : []
  } catch {
    return []
  }
}
