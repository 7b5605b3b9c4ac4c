/**
 * The lists a client sees: what its agent may use, and nothing else. Made from definitions as the drivers gave
 * them, in a fixed order, with schemas narrowed to what was granted.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { Era } from '../../mcp/revision.ts'
import type { Agent } from '../kernel/agent.ts'
import type { DriverOffer, Offer } from '../kernel/catalogue.ts'
import { mayAllow } from '../kernel/grants.ts'
import { pageOf } from './cursor.ts'
import { resultMeta } from './identity.ts'
import type { Scope } from './naming.ts'
import { clientName, driversIn } from './naming.ts'
import { narrowTool } from './narrow.ts'
import type { RpcAnswer } from './reply.ts'
import { failed } from './reply.ts'

/** One agent's client at one endpoint, in one era. */
export interface Visit {
  readonly agent: Agent
  readonly scope: Scope
  readonly era: Era
}

/** How long a list may be taken for current by a client that watches nothing. */
const listTtlMs = 10_000
const toolPrefix = 'tools/'

/** Answers `tools/list`. */
export function listTools(visit: Visit, cursor: string | null): Promise<RpcAnswer> {
  return list(visit, cursor, 'tools', (driver) =>
    [...driver.offers.values()]
      .filter(({ selector }) => selector.startsWith(toolPrefix))
      .sort(bySelector)
      .map((offer) => shownTool(visit, driver, offer)),
  )
}

/** Answers `prompts/list`. */
export function listPrompts(visit: Visit, cursor: string | null): Promise<RpcAnswer> {
  return list(visit, cursor, 'prompts', (driver) =>
    promptsOf(driver).map((prompt) => ({
      ...prompt,
      name: clientName(driver, prompt['name'] as string, visit.scope),
    })),
  )
}

/** Answers `resources/templates/list`. */
export function listTemplates(visit: Visit, cursor: string | null): Promise<RpcAnswer> {
  return list(visit, cursor, 'resourceTemplates', templatesOf)
}

/** The tool as this client is shown it. */
export function shownTool({ scope, era }: Visit, driver: DriverOffer, offer: Offer): JsonObject {
  const { selector, definition, grants } = offer
  const name = clientName(driver, selector.slice(toolPrefix.length), scope)
  const tool = { ...narrowTool(definition, selector, grants), name }
  return era === 'modern' ? tool : legacyTool(tool)
}

/** The prompts of a driver that some capability allows. */
export function promptsOf(driver: DriverOffer): readonly JsonObject[] {
  const offer = driver.offers.get('prompts/get')
  return entriesOf(offer, 'prompts').filter(({ name }) => {
    return typeof name === 'string' && mayAllow(offer?.grants ?? [], 'prompts/get', 'name', name)
  })
}

/** The resource templates of a driver. */
export function templatesOf(driver: DriverOffer): readonly JsonObject[] {
  return entriesOf(driver.offers.get('resources/read'), 'resourceTemplates')
}

/** The text of a list's result. */
export function listResult(era: Era, name: string, items: readonly Json[], next: string | null): RpcAnswer {
  const result = {
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    [name]: items,
    ...(next === null ? {} : { nextCursor: next }),
    ...(era === 'modern' ? { ttlMs: listTtlMs, cacheScope: 'private', _meta: resultMeta } : {}),
  }
  return { result: JSON.stringify(result) }
}

/** The answer to a cursor that is none of ours. */
export const badCursor: RpcAnswer = failed(errorCodes.invalidParams, 'This is not a cursor of this list.')

/** The answer when the kernel cannot be asked. */
export function kernelAway(why: string): RpcAnswer {
  return failed(errorCodes.internal, `The kernel cannot be asked: ${why}.`)
}

async function list(
  { agent, scope, era }: Visit,
  cursor: string | null,
  name: string,
  entries: (driver: DriverOffer) => readonly Json[],
): Promise<RpcAnswer> {
  const catalogue = await agent.catalogue.current()
  if (!catalogue.ok) return kernelAway(catalogue.error)
  const page = pageOf(driversIn(catalogue.value, scope).flatMap(entries), cursor)
  return page === null ? badCursor : listResult(era, name, page.items, page.next)
}

function entriesOf(offer: Offer | undefined, name: string): readonly JsonObject[] {
  const entries = offer?.definition[name]
  return Array.isArray(entries) ? (entries as readonly Json[]).filter(isJsonObject) : []
}

function bySelector(left: Offer, right: Offer): number {
  return left.selector < right.selector ? -1 : 1
}

/** Sessionful clients refuse the whole list over a schema whose root is not an object. */
function legacyTool(tool: JsonObject): JsonObject {
  const { inputSchema, outputSchema, ...rest } = tool as { readonly [name: string]: Json | undefined }
  const input = isJsonObject(inputSchema) ? inputSchema : {}
  const isObject = isJsonObject(outputSchema) && outputSchema['type'] === 'object'
  return {
    ...(rest as JsonObject),
    inputSchema: input['type'] === 'object' ? input : { ...input, type: 'object' },
    ...(isObject ? { outputSchema } : {}),
  }
}
