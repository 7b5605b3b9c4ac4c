/**
 * Tools as an agent's MCP client sees them: every selector its process holds a live capability for, under the
 * name `driver__tool`. What it holds nothing for does not exist for it.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { WireClient } from '../../wire/client.ts'

/** Where a tool name leads. */
export interface ToolTarget {
  readonly object: number
  readonly selector: string
}

/** What one attachment may call, by the names its client uses. */
export interface ToolTable {
  readonly tools: readonly Json[]
  readonly targets: ReadonlyMap<string, ToolTarget>
}

const selectorPrefix = 'tools/'

/** Asks the kernel what the attachment may call. */
export async function readTools(kernel: WireClient): Promise<ToolTable> {
  const tools: Json[] = []
  const targets = new Map<string, ToolTarget>()
  for (const [object, driver] of await heldDrivers(kernel)) {
    const answer = await kernel.request({ op: 'definitions', object })
    if (answer.kind !== 'reply') continue
    for (const { selector, definition } of readList(answer.body)) {
      if (typeof selector !== 'string' || !selector.startsWith(selectorPrefix) || !isJsonObject(definition))
        continue
      const name = `${driver}__${selector.slice(selectorPrefix.length)}`
      tools.push({ ...definition, name })
      targets.set(name, { object, selector })
    }
  }
  return { tools, targets }
}

async function heldDrivers(kernel: WireClient): Promise<ReadonlyMap<number, string>> {
  const answer = await kernel.request({ op: 'capabilities' })
  const held = new Map<number, string>()
  if (answer.kind !== 'reply') return held
  for (const { object, name } of readList(answer.body)) {
    if (typeof object === 'number' && typeof name === 'string') held.set(object, name)
  }
  return held
}

function readList(body: Uint8Array): readonly { readonly [name: string]: Json | undefined }[] {
  return JSON.parse(Buffer.from(body).toString('utf8')) as readonly JsonObject[]
}
