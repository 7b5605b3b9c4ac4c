/**
 * What a driver offers, as selectors. A definition is kept exactly as the server gave it; its digest is what
 * an operator accepts and what the kernel compares on every attachment, so a server that quietly changes a
 * description or a schema is noticed. Annotations are hints about risk: they can make a selector look
 * dangerous, and only the two harmless claims are believed at all.
 */
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { EffectClass } from '../kernel/effect.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'

/** One operation as the server describes it. */
export interface Definition {
  /** `tools/NAME`, or one of `fixedSelectors`. */
  readonly selector: string
  readonly definition: JsonObject
}

/**
 * Selectors that are not tools. The definition of `resources/read` is all templates and that of `prompts/get`
 * all prompts, because those are what a model is told; the other two have nothing to tell.
 */
export const fixedSelectors = [
  'completion/complete',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
] as const

const toolPrefix = 'tools/'
/** Printable ASCII without quotes or backslash: a name is shown, typed, logged and put into JSON. */
const toolName = /^[A-Za-z0-9_.\-/:]{1,128}$/

/** The definition of a tool that a server listed, or null when its name cannot be a selector. */
export function toolDefinition(tool: JsonObject): Definition | null {
  const name = tool['name']
  if (typeof name !== 'string' || !toolName.test(name)) return null
  return { selector: toolPrefix + name, definition: tool }
}

/** The tool that `selector` names, or null when it names something else. */
export function toolOf(selector: string): string | null {
  return selector.startsWith(toolPrefix) ? selector.slice(toolPrefix.length) : null
}

/** Pins a definition: its digest, and the effect class that a tool's annotations claim. The others observe. */
export function pinSelector({ selector, definition }: Definition): PinnedSelector {
  return {
    selector,
    digest: sha256Hex(canonicalJson(definition)),
    effect: toolOf(selector) === null ? 'observe' : claimedEffect(definition),
  }
}

/** The definitions as they travel in an adapter's hello: canonical, so equal offers are equal bytes. */
export function encodeDefinitions(definitions: readonly Definition[]): string {
  return canonicalJson(definitions.map(({ selector, definition }) => ({ selector, definition })))
}

function claimedEffect(tool: JsonObject): EffectClass {
  const annotations = tool['annotations']
  if (!isJsonObject(annotations)) return 'act'
  if (annotations['readOnlyHint'] === true) return 'observe'
  return annotations['destructiveHint'] === false ? 'change' : 'act'
}
