/**
 * Which driver lists which resource, as far as the agent may read it: asked only when two drivers might serve
 * the same address, kept until the kernel says that resources changed.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Attachment } from './attachment.ts'

/** One page of what a driver lists. */
export interface ResourcePage {
  readonly resources: readonly Json[]
  /** The kernel's cursor of the next page. */
  readonly next: string | null
}

const maxPages = 10

/** Resources of the drivers of one agent. */
export class ResourceIndex {
  readonly #attachment: Attachment
  readonly #known = new Map<number, Promise<ReadonlySet<string>>>()

  constructor(attachment: Attachment) {
    this.#attachment = attachment
    attachment.onEvent((event) => {
      if (event.kind === 'changed') this.#known.clear()
      if (event.kind === 'resources-changed') this.#known.delete(event.object)
    })
  }

  /** One page of the resources of a driver. The error is a sentence. */
  async page(object: number, cursor: string | null): Promise<Result<ResourcePage, string>> {
    const answer = await this.#attachment.request({
      op: 'discover',
      object,
      what: 'resources',
      ...(cursor === null ? {} : { cursor }),
    })
    if (answer.kind === 'refusal') return err(answer.refusal.message)
    if (answer.kind !== 'reply') return err(answer.reason)
    const { next } = answer.header as { readonly next?: Json }
    const list = parseForeignJson(Buffer.from(answer.body).toString('utf8'))
    return ok({ resources: Array.isArray(list) ? list : [], next: typeof next === 'string' ? next : null })
  }

  /** True when the driver lists this address, within the first pages. */
  async lists(object: number, uri: string): Promise<boolean> {
    const known = this.#known.get(object) ?? this.#read(object)
    this.#known.set(object, known)
    return (await known).has(uri)
  }

  async #read(object: number): Promise<ReadonlySet<string>> {
    const uris = new Set<string>()
    let cursor: string | null = null
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await this.page(object, cursor)
      if (!page.ok) break
      for (const resource of page.value.resources) {
        const uri = isJsonObject(resource) ? resource['uri'] : undefined
        if (typeof uri === 'string') uris.add(uri)
      }
      cursor = page.value.next
      if (cursor === null) break
    }
    return uris
  }
}
