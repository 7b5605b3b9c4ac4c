/**
 * Whether parameters and results are what the specification says, by the schemas of its official SDK. What is
 * found wrong is said in a sentence; what is right is passed on as it came, never as the schema would have it.
 * The schemas are loose where revisions differ and where a message may hold more than they know.
 */
import {
  CallToolRequestParamsSchema,
  CallToolResultSchema,
  CompleteRequestParamsSchema,
  CompleteResultSchema,
  CreateMessageRequestParamsSchema,
  CreateMessageResultWithToolsSchema,
  DiscoverResultSchema,
  ElicitRequestParamsSchema,
  ElicitResultSchema,
  GetPromptRequestParamsSchema,
  GetPromptResultSchema,
  InitializeRequestParamsSchema,
  InitializeResultSchema,
  ListPromptsResultSchema,
  ListResourcesResultSchema,
  ListResourceTemplatesResultSchema,
  ListRootsResultSchema,
  ListToolsResultSchema,
  LoggingMessageNotificationParamsSchema,
  PaginatedRequestParamsSchema,
  ProgressNotificationParamsSchema,
  ReadResourceRequestParamsSchema,
  ReadResourceResultSchema,
  RequestMetaSchema,
  ResourceUpdatedNotificationParamsSchema,
  SetLevelRequestParamsSchema,
  SubscribeRequestParamsSchema,
  SubscriptionsListenRequestParamsSchema,
  UnsubscribeRequestParamsSchema,
} from '@modelcontextprotocol/core'

/** As much of a schema as is used here. */
interface Schema {
  safeParse(value: unknown): {
    readonly success: boolean
    readonly error?: { readonly issues: readonly Issue[] } | undefined
  }
}

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** For methods of which nothing is needed: parameters may be absent, and hold what they like. */
const anything = 'anything'

const params: ReadonlyMap<string, Schema | typeof anything> = new Map<string, Schema | typeof anything>([
  ['initialize', InitializeRequestParamsSchema],
  ['server/discover', anything],
  ['ping', anything],
  ['logging/setLevel', SetLevelRequestParamsSchema],
  ['tools/list', PaginatedRequestParamsSchema],
  ['tools/call', CallToolRequestParamsSchema],
  ['resources/list', PaginatedRequestParamsSchema],
  ['resources/templates/list', PaginatedRequestParamsSchema],
  ['resources/read', ReadResourceRequestParamsSchema],
  ['resources/subscribe', SubscribeRequestParamsSchema],
  ['resources/unsubscribe', UnsubscribeRequestParamsSchema],
  ['subscriptions/listen', SubscriptionsListenRequestParamsSchema],
  ['prompts/list', PaginatedRequestParamsSchema],
  ['prompts/get', GetPromptRequestParamsSchema],
  ['completion/complete', CompleteRequestParamsSchema],
  ['roots/list', anything],
  ['sampling/createMessage', CreateMessageRequestParamsSchema],
  ['elicitation/create', ElicitRequestParamsSchema],
  ['notifications/message', LoggingMessageNotificationParamsSchema],
  ['notifications/progress', ProgressNotificationParamsSchema],
  ['notifications/resources/updated', ResourceUpdatedNotificationParamsSchema],
])

const results: ReadonlyMap<string, Schema | typeof anything> = new Map<string, Schema | typeof anything>([
  ['initialize', InitializeResultSchema],
  ['server/discover', DiscoverResultSchema],
  ['ping', anything],
  ['logging/setLevel', anything],
  ['tools/list', ListToolsResultSchema],
  ['tools/call', CallToolResultSchema],
  ['resources/list', ListResourcesResultSchema],
  ['resources/templates/list', ListResourceTemplatesResultSchema],
  ['resources/read', ReadResourceResultSchema],
  ['resources/subscribe', anything],
  ['resources/unsubscribe', anything],
  ['subscriptions/listen', anything],
  ['prompts/list', ListPromptsResultSchema],
  ['prompts/get', GetPromptResultSchema],
  ['completion/complete', CompleteResultSchema],
  ['roots/list', ListRootsResultSchema],
  ['sampling/createMessage', CreateMessageResultWithToolsSchema],
  ['elicitation/create', ElicitResultSchema],
])

/** What is wrong with the parameters of a request or notification, in a sentence, or null. */
export function whyInvalidParams(method: string, value: unknown): string | null {
  const schema = params.get(method)
  if (schema === undefined) return `There is no method ${quoted(method)}.`
  if (isObject(value)) {
    const meta = value['_meta'] === undefined ? null : whyNot(RequestMetaSchema, value['_meta'], ['_meta'])
    if (meta !== null || schema === anything) return meta
    return whyNot(schema, method === 'elicitation/create' ? withElicitationId(value) : value, [])
  }
  const isAbsent = value === undefined && (schema === anything || schema === PaginatedRequestParamsSchema)
  return isAbsent ? null : `The parameters of ${method} are an object.`
}

/** What is wrong with a result, in a sentence, or null. */
export function whyInvalidResult(method: string, value: unknown): string | null {
  const schema = results.get(method)
  if (schema === undefined) return `There is no method ${quoted(method)}.`
  if (!isObject(value)) return `The result of ${method} is an object.`
  return schema === anything ? null : whyNot(schema, value, [])
}

/** Sessionful revisions demand an id where an address is to be opened; the stateless one has none. */
function withElicitationId(value: { readonly [name: string]: unknown }): unknown {
  return value['mode'] === 'url' && value['elicitationId'] === undefined
    ? { ...value, elicitationId: '-' }
    : value
}

function whyNot(schema: Schema, value: unknown, at: readonly PropertyKey[]): string | null {
  const parsed = schema.safeParse(value)
  if (parsed.success) return null
  const issue = parsed.error?.issues[0]
  if (issue === undefined) return 'It does not match its schema.'
  const path = [...at, ...issue.path].map(String).join('.')
  return `${path === '' ? '' : `${path}: `}${issue.message}`.toWellFormed().slice(0, 300)
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quoted(method: string): string {
  return JSON.stringify(method.toWellFormed().slice(0, 64))
}
