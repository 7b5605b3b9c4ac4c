/**
 * The metadata that every request of a stateless revision carries: what is spoken, who asks, and what may be
 * asked back. It is all our own; nothing of it comes from whoever made the call.
 */
import type { JsonObject } from '../../base/json.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { LogLevel } from '../../mcp/log-level.ts'
import { metaKeys } from '../../mcp/meta.ts'
import { modernRevision } from '../../mcp/revision.ts'
import { clientCapabilities } from './reverse-requests.ts'

/** Who we say we are to servers. */
export const clientInfo: JsonObject = { name: 'custos', version: '0.1.0' }

/** What varies from request to request. */
export interface MetaNotes {
  readonly able?: readonly ReverseSelector[]
  readonly log?: LogLevel | null
  readonly progressToken?: number | null
  readonly trace?: string | null
}

/** The member `"_meta":{…}` of a request's parameters. */
export function modernMeta({
  able = [],
  log = null,
  progressToken = null,
  trace = null,
}: MetaNotes = {}): string {
  const meta = {
    [metaKeys.protocolVersion]: modernRevision,
    [metaKeys.clientInfo]: clientInfo,
    [metaKeys.clientCapabilities]: clientCapabilities(able),
    ...(log === null ? {} : { [metaKeys.logLevel]: log }),
    ...(progressToken === null ? {} : { progressToken }),
    ...(trace === null ? {} : { traceparent: trace }),
  }
  return `"_meta":${JSON.stringify(meta)}`
}
