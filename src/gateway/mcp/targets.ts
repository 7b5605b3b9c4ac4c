/**
 * From a client's request to what the kernel is asked: the driver, the selector and the argument bytes. What no
 * driver of the agent offers, and the agent does not hold either, is unknown here; everything else is passed to
 * the kernel even where it will be refused, so that the refusal is recorded and explained: something may be held
 * and in quarantine, or its driver away for a moment.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { matchesGlob } from '../../kernel/capability/glob.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { Catalogue, DriverOffer } from '../kernel/catalogue.ts'
import { mayAllow } from '../kernel/grants.ts'
import type { Visit } from './lists.ts'
import { kernelAway, promptsOf, shownTool, templatesOf } from './lists.ts'
import type { McpRequest } from './message.ts'
import { rawParam, textParam } from './message.ts'
import { driverName, driversIn } from './naming.ts'
import type { RpcAnswer } from './reply.ts'
import { failed } from './reply.ts'

/** What the kernel is to be asked. */
export interface Target {
  readonly object: number
  /** The driver's name. */
  readonly driver: string
  readonly selector: string
  /** Argument bytes. */
  readonly body: Uint8Array
  /** The tool as its driver defined it, and as the client is shown it; null for what is not a tool. */
  readonly tool: { readonly definition: JsonObject; shown(): JsonObject } | null
}

/** Requests that become calls. */
export const callMethods: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'completion/complete',
])

const noArguments = Buffer.from('{}')
const longestMatched = 4_096

/** The target of a request whose params were found valid, or the error that answers it. */
export async function targetOf(visit: Visit, request: McpRequest): Promise<Target | { error: RpcError }> {
  const target = await inCatalogue(visit, (catalogue) => lookUp(visit, catalogue, request))
  if (target !== null) return target
  const current = await visit.agent.catalogue.current()
  return (current.ok ? heldTarget(visit, current.value, request) : null) ?? unknown(visit, request)
}

/** The target of a request for the resource at `uri`, or the error that answers it. */
export async function resourceTargetOf(
  visit: Visit,
  selector: 'resources/read' | 'resources/subscribe',
  uri: string,
): Promise<Target | { error: RpcError }> {
  const target = await inCatalogue(visit, (catalogue) => resourceTarget(visit, catalogue, selector, uri))
  return target ?? notFound(visit, uri)
}

/** Looks in the catalogue as it is known, and what is not there in a fresh one. */
async function inCatalogue(
  visit: Visit,
  find: (catalogue: Catalogue) => Target | null | Promise<Target | null>,
): Promise<Target | { error: RpcError } | null> {
  const current = await visit.agent.catalogue.current()
  if (!current.ok) return asError(kernelAway(current.error))
  const found = await find(current.value)
  if (found !== null) return found
  const fresh = await visit.agent.catalogue.fresh()
  return fresh.ok ? find(fresh.value) : asError(kernelAway(fresh.error))
}

function asError(answer: RpcAnswer): { error: RpcError } {
  return 'error' in answer ? answer : failed(errorCodes.internal, 'The kernel cannot be asked.')
}

function lookUp(
  visit: Visit,
  catalogue: Catalogue,
  request: McpRequest,
): Target | null | Promise<Target | null> {
  const ref = request.params['ref']
  switch (request.method) {
    case 'tools/call':
      return toolTarget(visit, catalogue, request, textParam(request, 'name'))
    case 'prompts/get':
      return promptTarget(visit, catalogue, request, textParam(request, 'name'))
    case 'completion/complete':
      return isJsonObject(ref) ? completionTarget(visit, catalogue, request, ref) : null
    default:
      return resourceTarget(visit, catalogue, request.method, textParam(request, 'uri'))
  }
}

function toolTarget(visit: Visit, catalogue: Catalogue, request: McpRequest, said: string): Target | null {
  const meant = driverName(catalogue, visit.scope, said)
  const offer = meant?.driver.offers.get(`tools/${meant.name}`)
  if (meant === null || offer === undefined) return null
  return {
    object: meant.driver.object,
    driver: meant.driver.name,
    selector: offer.selector,
    body: rawParam(request, 'arguments') ?? noArguments,
    tool: { definition: offer.definition, shown: () => shownTool(visit, meant.driver, offer) },
  }
}

/** What is not offered now, but held: the kernel knows why, and says what is needed. */
function heldTarget(visit: Visit, catalogue: Catalogue, request: McpRequest): Target | null {
  const { method } = request
  if (method.startsWith('resources/')) {
    const uri = textParam(request, 'uri')
    const driver = driversIn(catalogue, visit.scope).find(({ held }) =>
      mayAllow(held.get(method) ?? [], method, 'uri', uri),
    )
    return driver === undefined ? null : resourceCall(driver, method, uri)
  }
  if (method !== 'tools/call' && method !== 'prompts/get') return null
  const meant = driverName(catalogue, visit.scope, textParam(request, 'name'))
  if (meant === null) return null
  const isTool = method === 'tools/call'
  const selector = isTool ? `tools/${meant.name}` : method
  if (!meant.driver.held.has(selector) || meant.driver.offers.has(selector)) return null
  const body = isTool ? (rawParam(request, 'arguments') ?? noArguments) : promptBody(request, meant.name)
  return { ...placeOf(meant.driver), selector, body, tool: null }
}

function promptTarget(visit: Visit, catalogue: Catalogue, request: McpRequest, said: string): Target | null {
  const meant = driverName(catalogue, visit.scope, said)
  if (meant === null || !promptsOf(meant.driver).some(({ name }) => name === meant.name)) return null
  const body = promptBody(request, meant.name)
  return { ...placeOf(meant.driver), selector: 'prompts/get', body, tool: null }
}

function promptBody(request: McpRequest, name: string): Uint8Array {
  const given = rawParam(request, 'arguments')
  return members([['name', JSON.stringify(name)], ...(given === null ? [] : [raw('arguments', given)])])
}

function resourceCall(driver: DriverOffer, selector: string, uri: string): Target {
  return { ...placeOf(driver), selector, body: members([['uri', JSON.stringify(uri)]]), tool: null }
}

async function resourceTarget(
  visit: Visit,
  catalogue: Catalogue,
  selector: string,
  uri: string,
): Promise<Target | null> {
  const driver = await driverFor(visit, catalogue, selector, uri)
  return driver === null ? null : resourceCall(driver, selector, uri)
}

/**
 * The driver that serves an address: among those whose capabilities may allow it, the first that lists it, else
 * the first with a template for it, else the first. Where none allows it, the kernel says so.
 */
async function driverFor(
  { agent, scope }: Visit,
  catalogue: Catalogue,
  selector: string,
  uri: string,
): Promise<DriverOffer | null> {
  const offering = driversIn(catalogue, scope).filter(({ offers }) => offers.has(selector))
  const allowed = offering.filter(({ offers }) =>
    mayAllow(offers.get(selector)?.grants ?? [], selector, 'uri', uri),
  )
  const [first] = allowed
  if (first === undefined) return offering[0] ?? null
  if (allowed.length === 1) return first
  for (const driver of allowed) if (await agent.resources.lists(driver.object, uri)) return driver
  return allowed.find((driver) => templatesOf(driver).some((template) => fits(template, uri))) ?? first
}

function fits({ uriTemplate }: JsonObject, uri: string): boolean {
  if (typeof uriTemplate !== 'string' || uri.length > longestMatched) return false
  return matchesGlob(uriTemplate.slice(0, longestMatched).replaceAll(/\{[^{}]*\}/gu, '**'), uri)
}

function completionTarget(
  visit: Visit,
  catalogue: Catalogue,
  request: McpRequest,
  ref: JsonObject,
): Target | null {
  const meant = refTarget(visit, catalogue, ref)
  if (meant === null || !meant.driver.offers.has('completion/complete')) return null
  const argument = rawParam(request, 'argument')
  const context = rawParam(request, 'context')
  const body = members([
    ['ref', JSON.stringify(meant.ref)],
    ...(argument === null ? [] : [raw('argument', argument)]),
    ...(context === null ? [] : [raw('context', context)]),
  ])
  return { ...placeOf(meant.driver), selector: 'completion/complete', body, tool: null }
}

function refTarget(
  { scope }: Visit,
  catalogue: Catalogue,
  ref: JsonObject,
): { readonly driver: DriverOffer; readonly ref: JsonObject } | null {
  const { type, name, uri } = ref as { readonly [name: string]: Json | undefined }
  if (type === 'ref/prompt' && typeof name === 'string') {
    const meant = driverName(catalogue, scope, name)
    return meant === null ? null : { driver: meant.driver, ref: { type, name: meant.name } }
  }
  if (type !== 'ref/resource' || typeof uri !== 'string') return null
  const able = driversIn(catalogue, scope).filter(({ offers }) => offers.has('completion/complete'))
  const driver =
    able.find((one) => templatesOf(one).some(({ uriTemplate }) => uriTemplate === uri)) ?? able[0]
  return driver === undefined ? null : { driver, ref: { type, uri } }
}

function unknown(visit: Visit, { method, params }: McpRequest): { error: RpcError } {
  const { name, uri } = params as { readonly [name: string]: Json | undefined }
  if (method.startsWith('resources/')) return notFound(visit, typeof uri === 'string' ? uri : '')
  const what = method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : 'completion'
  const named = typeof name === 'string' ? ` ${JSON.stringify(name.slice(0, 128))}` : ''
  return failed(errorCodes.invalidParams, `There is no such ${what}${named}.`)
}

function notFound({ era }: Visit, uri: string): { error: RpcError } {
  const code = era === 'modern' ? errorCodes.invalidParams : errorCodes.resourceNotFound
  return failed(code, 'Resource not found', { uri })
}

function placeOf({ object, name }: DriverOffer): { readonly object: number; readonly driver: string } {
  return { object, driver: name }
}

function raw(name: string, bytes: Uint8Array): readonly [string, string] {
  return [name, Buffer.from(bytes).toString('utf8')]
}

function members(entries: readonly (readonly [string, string])[]): Uint8Array {
  return Buffer.from(`{${entries.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`)
}
