/** What the gateway says of itself to clients of every revision. */
import type { JsonObject } from '../../base/json.ts'
import { metaKeys, tasksExtension } from '../../mcp/meta.ts'
import type { Era } from '../../mcp/revision.ts'

/** Name and version. */
export const serverInfo: JsonObject = { name: 'custos', version: '0.1.0' }

/** For the model. */
export const instructions =
  'Every call passes a gate. A refused call says what would be needed; a held one waits for a person, who may answer with a comment.'

/** What can be asked for here. The same for every agent: what one holds nothing for is merely empty. */
export function serverCapabilities(era: Era): JsonObject {
  return {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    completions: {},
    logging: {},
    ...(era === 'modern' ? { extensions: { [tasksExtension]: {} } } : {}),
  }
}

/** The `_meta` of a result of ours in the modern era. */
export const resultMeta: JsonObject = { [metaKeys.serverInfo]: serverInfo }
