/**
 * Everything a server offers, as definitions. Both the adapter, on every start, and `custos driver add`, once,
 * go through here, so what an operator accepted and what is compared later come from the same code. Definitions
 * are signed and digested, so here, unlike in results, only strict I-JSON will do. References inside of schemas
 * are texts like any other: nothing is ever fetched because a schema names it.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { whyInvalidResult } from '../../mcp/validate.ts'
import type { Definition } from '../definition.ts'
import { toolDefinition } from '../definition.ts'
import type { Answer } from './conversation.ts'
import type { Negotiated } from './session.ts'

/** Bounds on what a server may offer. */
export const offerLimits = {
  tools: 1000,
  /** Of prompts, and of resource templates. */
  others: 1000,
  pages: 128,
  /** Canonical JSON of all definitions: they travel in one hello. */
  definitionBytes: 921_600,
  depth: 32,
  values: 131_072,
} as const

/** Asks for one page: sends `method` with that cursor. */
export type AskPage = (method: string, cursor: string | null) => Promise<Answer>

/** How a server is listed. */
export interface ListingRules extends Negotiated {
  readonly askPage: AskPage
  /** Why a tool cannot be used over this link, or null; such a tool is left out. */
  readonly whyUnusable: (tool: JsonObject) => string | null
}

/** Everything that the declared capabilities say there is, sorted by selector. */
export async function listDefinitions(rules: ListingRules): Promise<Result<readonly Definition[], string>> {
  const { capabilities } = rules
  const definitions: Definition[] = []
  const tools = await listTools(rules)
  if (!tools.ok) return tools
  definitions.push(...tools.value)
  for (const { capability, selector, method, member, key } of collections) {
    if (capabilities[capability] === undefined) continue
    const listed = await listAll(rules.askPage, method, member, key)
    if (!listed.ok) return listed
    definitions.push({ selector, definition: { [member]: listed.value } })
  }
  if (offersSubscriptions(rules)) definitions.push({ selector: 'resources/subscribe', definition: {} })
  if (capabilities['completions'] !== undefined)
    definitions.push({ selector: 'completion/complete', definition: {} })
  const bytes = Buffer.byteLength(
    canonicalJson(definitions.map(({ selector, definition }) => [selector, definition])),
  )
  if (bytes > offerLimits.definitionBytes - definitions.length * 32) return err(tooLarge)
  return ok(definitions.sort((a, b) => (a.selector < b.selector ? -1 : 1)))
}

const tooLarge = `the server's definitions are larger than ${offerLimits.definitionBytes} bytes`

/** What becomes one definition as a whole. */
const collections = [
  {
    capability: 'resources',
    selector: 'resources/read',
    method: 'resources/templates/list',
    member: 'resourceTemplates',
    key: 'uriTemplate',
  },
  { capability: 'prompts', selector: 'prompts/get', method: 'prompts/list', member: 'prompts', key: 'name' },
] as const

/** A stateless server takes subscriptions for whatever resources it has, unless it says that it does not. */
function offersSubscriptions({ era, capabilities }: Negotiated): boolean {
  const resources = capabilities['resources']
  const subscribe = isJsonObject(resources) ? resources['subscribe'] : undefined
  return subscribe === true || (era === 'modern' && resources !== undefined && subscribe !== false)
}

async function listTools({
  capabilities,
  askPage,
  whyUnusable,
}: ListingRules): Promise<Result<readonly Definition[], string>> {
  const first = await askPage('tools/list', null)
  // Small servers forget to declare their tools; those that have none say so in some way or other.
  if (capabilities['tools'] === undefined && first.kind === 'error') return ok([])
  const tools = await listAll(askPage, 'tools/list', 'tools', 'name', first)
  if (!tools.ok) return tools
  const usable = tools.value.filter((tool) => whyUnusable(tool) === null)
  const definitions = usable.map(toolDefinition).filter((definition) => definition !== null)
  if (definitions.length < usable.length)
    return err('the server offers a tool whose name cannot be a selector')
  return ok(definitions)
}

/** All pages of a list, sorted by `key`, which no two items share. */
async function listAll(
  askPage: AskPage,
  method: string,
  member: string,
  key: string,
  first: Answer | null = null,
): Promise<Result<readonly JsonObject[], string>> {
  const most = method === 'tools/list' ? offerLimits.tools : offerLimits.others
  const found = new Map<string, JsonObject>()
  const cursors = new Set<string>()
  let bytes = 0
  let cursor: string | null = null
  do {
    const answer: Answer = cursor === null && first !== null ? first : await askPage(method, cursor)
    const page: Result<ListPage, string> = readPage(method, member, answer)
    if (!page.ok) return page
    bytes += page.value.bytes
    if (bytes > offerLimits.definitionBytes) return err(tooLarge)
    for (const item of page.value.items) {
      const name = item[key] as string
      if (found.has(name))
        return err(`the server lists ${JSON.stringify(name.slice(0, 128))} twice in ${method}`)
      found.set(name, item)
    }
    if (found.size > most) return err(`the server lists more than ${most} items in ${method}`)
    cursor = page.value.next
    if (cursor !== null && cursors.has(cursor)) return err(`the server repeats a page of ${method}`)
    if (cursor !== null) cursors.add(cursor)
    if (cursors.size >= offerLimits.pages)
      return err(`the server needs more than ${offerLimits.pages} pages for ${method}`)
  } while (cursor !== null)
  return ok([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item))
}

/** One page of a list. */
export interface ListPage {
  readonly items: readonly JsonObject[]
  readonly next: string | null
  readonly bytes: number
}

/** Reads the answer to a list request, strictly, or says in a sentence why it cannot be accepted. */
export function readPage(method: string, member: string, answer: Answer): Result<ListPage, string> {
  if (answer.kind === 'error')
    return err(`the server answered ${method} with error ${answer.code}: ${answer.message}`)
  if (answer.kind !== 'result') return err(answer.reason)
  const limits = {
    maxBytes: offerLimits.definitionBytes,
    maxDepth: offerLimits.depth,
    maxValues: offerLimits.values,
  }
  const parsed = parseStrictJson(answer.result, limits)
  if (!parsed.ok) return err(`the answer to ${method} cannot be accepted: ${parsed.error.message}`)
  const wrong = whyInvalidResult(method, parsed.value)
  if (wrong !== null) return err(`the answer to ${method} is not valid: ${wrong}`)
  const page = parsed.value as JsonObject
  const next = page['nextCursor']
  return ok({
    items: page[member] as readonly JsonObject[],
    next: typeof next === 'string' && next !== '' ? next : null,
    bytes: answer.result.length,
  })
}
