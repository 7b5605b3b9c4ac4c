/**
 * What a plain relay does with the tools of its servers, all of it meant well: it makes their names fit for every
 * client, does not prefix a name twice, writes `$ref`s out for clients that cannot follow them, and checks
 * arguments before it passes them on.
 */
import { get } from 'node:http'
import type { Tool } from './rpc-message.ts'

/** The name under which a relay offers a tool: `server__tool` in characters that every model accepts. */
export function listedName(server: string, tool: Tool): string {
  const name = (tool['name'] as string)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9_-]/gu, '')
  return name.includes('__') ? name : `${server}__${name}`
}

/** The definition with each reference replaced by what it refers to. */
export function inlined(tool: Tool): Tool {
  const schema = tool['inputSchema'] as Tool
  return { ...tool, inputSchema: inlineIn(schema, schema) }
}

function inlineIn(value: unknown, root: Tool): unknown {
  if (Array.isArray(value)) return value.map((item) => inlineIn(item, root))
  if (typeof value !== 'object' || value === null) return value
  const reference = (value as Tool)['$ref']
  if (typeof reference === 'string' && reference.startsWith('http')) return fetched(reference)
  if (typeof reference === 'string') return inlineIn(lookUp(reference, root), root)
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inlineIn(inner, root)]))
}

/** Read for the next time: what is at that address hardly changes. */
function fetched(reference: string): object {
  get(reference, (response) => response.resume()).on('error', () => {})
  return {}
}

function lookUp(reference: string, root: Tool): unknown {
  let found: unknown = root
  for (const part of reference.slice(2).split('/')) found = (found as Tool)[part]
  return found
}

/** What is wrong with the arguments of a call, or null. */
export function argumentProblem(tool: Tool, args: object): string | null {
  const { properties = {} } = tool['inputSchema'] as {
    readonly properties?: { readonly [name: string]: { readonly pattern?: string } }
  }
  for (const [name, value] of Object.entries(args) as [string, unknown][]) {
    const pattern = properties[name]?.pattern
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(String(value)))
      return `${name} does not match`
  }
  return null
}
