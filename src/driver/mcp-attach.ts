/**
 * Getting to know a server: the handshake, then everything it offers. Both the adapter, on every start, and
 * `custos driver add`, once, go through here, so what an operator accepted and what is compared later come
 * from the same code.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Definition } from './definition.ts'
import { toolDefinition } from './definition.ts'
import type { McpSession } from './mcp-stdio.ts'
import { mcpRevisions } from './mcp-stdio.ts'

/** Bounds on what a server may offer. */
export const offerLimits = {
  tools: 1024,
  pages: 128,
  /** Canonical JSON of all definitions: they travel in one hello. */
  definitionBytes: 921_600,
  depth: 32,
  startMs: 30_000,
} as const

/** What a server says it is. Shown to people, believed by nobody. */
export interface ServerInfo {
  readonly name: string
  readonly version: string
  readonly revision: string
}

/** Handshake: `initialize` without capabilities, then `notifications/initialized`. */
export async function initialize(session: McpSession): Promise<Result<ServerInfo, string>> {
  const answer = await session.request('initialize', {
    protocolVersion: mcpRevisions[0] as string,
    capabilities: {},
    clientInfo: { name: 'custos', version: '0.1.0' },
  })
  if (!answer.ok) return answer
  const { value } = answer.value
  const revision = value['protocolVersion']
  if (typeof revision !== 'string' || !mcpRevisions.includes(revision)) {
    return err(`the program speaks none of the MCP revisions ${mcpRevisions.join(', ')}`)
  }
  session.notify('notifications/initialized', {})
  const info = isJsonObject(value['serverInfo']) ? value['serverInfo'] : {}
  return ok({ name: shortText(info['name']), version: shortText(info['version']), revision })
}

function shortText(value: Json | undefined): string {
  return typeof value === 'string' ? value.toWellFormed().slice(0, 128) : ''
}

/** Everything `tools/list` gives, over all its pages, sorted by selector. */
export async function listDefinitions(session: McpSession): Promise<Result<readonly Definition[], string>> {
  const found = new Map<string, Definition>()
  let bytes = 2
  let cursor: string | undefined
  for (let page = 0; page < offerLimits.pages; page++) {
    const answer = await session.request('tools/list', cursor === undefined ? {} : { cursor })
    if (!answer.ok) return answer
    const offered = readPage(answer.value.result)
    if (!offered.ok) return offered
    for (const definition of offered.value.definitions) {
      if (found.has(definition.selector)) return err(`the program offers ${definition.selector} twice`)
      found.set(definition.selector, definition)
      bytes += Buffer.byteLength(encodeDefinitions([definition]))
    }
    if (found.size > offerLimits.tools) return err(`the program offers more than ${offerLimits.tools} tools`)
    if (bytes > offerLimits.definitionBytes) {
      return err(`the program's definitions are larger than ${offerLimits.definitionBytes} bytes`)
    }
    const next = offered.value.next
    if (next === null) return ok([...found.values()].sort((a, b) => (a.selector < b.selector ? -1 : 1)))
    if (next === cursor) return err('the program repeats a page of its tools')
    cursor = next
  }
  return err(`the program lists its tools in more than ${offerLimits.pages} pages`)
}

interface Page {
  readonly definitions: readonly Definition[]
  readonly next: string | null
}

/** Definitions are signed and digested, so here, unlike in results, only strict I-JSON will do. */
function readPage(bytes: Uint8Array): Result<Page, string> {
  const parsed = parseStrictJson(bytes, {
    maxBytes: offerLimits.definitionBytes,
    maxDepth: offerLimits.depth,
    maxValues: 131_072,
  })
  if (!parsed.ok) return err(`the program's list of tools cannot be accepted: ${parsed.error.message}`)
  const page = parsed.value
  if (!isJsonObject(page) || !Array.isArray(page['tools'])) return err('the program gave no list of tools')
  const definitions: Definition[] = []
  for (const tool of page['tools'] as readonly Json[]) {
    const definition = isJsonObject(tool) ? toolDefinition(tool) : null
    if (definition === null) return err('the program offers a tool whose name cannot be a selector')
    definitions.push(definition)
  }
  const next = page['nextCursor']
  return ok({ definitions, next: typeof next === 'string' && next !== '' ? next : null })
}

/** The definitions as they travel in an adapter's hello: canonical, so equal offers are equal bytes. */
export function encodeDefinitions(definitions: readonly Definition[]): string {
  const items: JsonObject[] = definitions.map(({ selector, definition }) => ({ selector, definition }))
  return canonicalJson(items)
}
