/**
 * What one agent may use now: the drivers it holds something of, in the order in which they were added, with the
 * definitions as the drivers gave them. Read from the kernel and kept until it says that something changed; never
 * authority, only a picture of it.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Answer } from '../../wire/answer.ts'
import type { Attachment } from './attachment.ts'
import type { Grants } from './grants.ts'

/** One selector that may be called. */
export interface Offer {
  readonly selector: string
  readonly definition: JsonObject
  readonly grants: Grants
}

/** One driver, with what the agent may call there. */
export interface DriverOffer {
  readonly object: number
  readonly name: string
  readonly offers: ReadonlyMap<string, Offer>
  /** Capabilities by selector, of whatever the agent holds there, offered now or not. */
  readonly held: ReadonlyMap<string, Grants>
}

/** Drivers ordered by object id. */
export type Catalogue = readonly DriverOffer[]

/** Names asked for in vain may have just come: how long one reading serves all of those. */
const rereadMs = 250

/** One agent's catalogue, kept current. Create it before anything is asked. */
export class CatalogueCache {
  readonly #attachment: Attachment
  #reading: Promise<Result<Catalogue, string>> | null = null
  #readAt = 0

  constructor(attachment: Attachment) {
    this.#attachment = attachment
    attachment.onEvent((event) => {
      if (event.kind === 'changed') this.#reading = null
    })
  }

  /** The catalogue as last known to be true. The error is a sentence. */
  async current(): Promise<Result<Catalogue, string>> {
    if (this.#reading === null) {
      this.#readAt = Date.now()
      this.#reading = readCatalogue(this.#attachment)
    }
    const reading = this.#reading
    const read = await reading
    if (!read.ok && this.#reading === reading) this.#reading = null
    return read
  }

  /** The catalogue read anew, unless that happened a moment ago. */
  async fresh(): Promise<Result<Catalogue, string>> {
    if (Date.now() - this.#readAt >= rereadMs) this.#reading = null
    return this.current()
  }
}

async function readCatalogue(attachment: Attachment): Promise<Result<Catalogue, string>> {
  const answer = await attachment.request({ op: 'capabilities' })
  if (answer.kind !== 'reply') return err(whyNot(answer))
  const drivers: DriverOffer[] = []
  for (const [object, { name, grants }] of heldDrivers(readList(answer.body))) {
    const defined = await attachment.request({ op: 'definitions', object })
    if (defined.kind === 'lost' || defined.kind === 'unsent') return err(whyNot(defined))
    // A driver that is gone in between, or not attached, offers nothing.
    const definitions = defined.kind === 'refusal' ? [] : readList(defined.body)
    drivers.push({ object, name, offers: offersOf(definitions, grants), held: grants })
  }
  return ok(drivers.sort((left, right) => left.object - right.object))
}

interface Held {
  readonly name: string
  readonly grants: Map<string, (readonly JsonObject[])[]>
}

function heldDrivers(capabilities: readonly JsonObject[]): ReadonlyMap<number, Held> {
  const held = new Map<number, Held>()
  for (const { object, name, selectors, where } of capabilities) {
    if (typeof object !== 'number' || typeof name !== 'string' || !Array.isArray(selectors)) continue
    const one = held.get(object) ?? { name, grants: new Map<string, (readonly JsonObject[])[]>() }
    held.set(object, one)
    const levels = Array.isArray(where) ? (where as readonly Json[]).filter(isJsonObject) : []
    for (const entry of selectors as readonly Json[]) {
      const selector = isJsonObject(entry) ? entry['selector'] : undefined
      if (typeof selector !== 'string') continue
      one.grants.set(selector, [...(one.grants.get(selector) ?? []), levels])
    }
  }
  return held
}

function offersOf(
  definitions: readonly JsonObject[],
  grants: ReadonlyMap<string, Grants>,
): ReadonlyMap<string, Offer> {
  const offers = new Map<string, Offer>()
  for (const { selector, definition } of definitions) {
    if (typeof selector !== 'string' || !isJsonObject(definition)) continue
    offers.set(selector, { selector, definition, grants: grants.get(selector) ?? [] })
  }
  return offers
}

function readList(body: Uint8Array): readonly JsonObject[] {
  const list = parseForeignJson(Buffer.from(body).toString('utf8'))
  return Array.isArray(list) ? list.filter((entry) => isJsonObject(entry)) : []
}

function whyNot(answer: Exclude<Answer, { kind: 'reply' }>): string {
  return answer.kind === 'refusal' ? answer.refusal.message : answer.reason
}
