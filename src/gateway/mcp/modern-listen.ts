/**
 * `subscriptions/listen`: one long answer that tells what the client asked to hear, and nothing else. Hearing of
 * a resource is a right of its own, so each address is asked of the kernel first; what is refused, or waits for a
 * person, is left out of what is acknowledged.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { metaKeys } from '../../mcp/meta.ts'
import type { Change, ListKind } from '../kernel/change-watch.ts'
import type { CallerWishes } from './call-order.ts'
import { startCall } from './call-order.ts'
import type { Visit } from './lists.ts'
import type { McpRequest } from './message.ts'
import { notificationMessage } from './message.ts'
import type { Reply, RpcAnswer } from './reply.ts'
import type { TaskTable } from './task-table.ts'
import { resourceTargetOf } from './targets.ts'

const maxAddresses = 1_024
/** Addresses that are asked for at the same time. */
const atOnce = 32
const keepAliveMs = 15_000
const listFields: ReadonlyMap<ListKind, string> = new Map([
  ['tools', 'toolsListChanged'],
  ['prompts', 'promptsListChanged'],
  ['resources', 'resourcesListChanged'],
])

/** Listens for one client until it leaves or the agent is gone. Resolves with the answer that ends it. */
export async function listen(
  visit: Visit,
  request: McpRequest,
  reply: Reply,
  wishes: CallerWishes,
  tasks: { readonly table: TaskTable; readonly agent: string },
): Promise<RpcAnswer> {
  const filter = request.params['notifications']
  const wanted = isJsonObject(filter) ? filter : {}
  const meta = { [metaKeys.subscriptionId]: request.id }
  const addresses = await subscribed(visit, request, listOf(wanted['resourceSubscriptions']), wishes)
  const watch = tasks.table.watch(tasks.agent, listOf(wanted['taskIds']), meta, (params) =>
    reply.send(`{"jsonrpc":"2.0","method":"notifications/tasks","params":${params}}`),
  )
  const lists = [...listFields].filter(([, field]) => wanted[field] === true)
  const honoured = {
    ...Object.fromEntries(lists.map(([, field]) => [field, true])),
    ...(addresses.size === 0 ? {} : { resourceSubscriptions: [...addresses.keys()] }),
    ...(watch.taskIds.length === 0 ? {} : { taskIds: watch.taskIds }),
  }
  const kinds = new Set(lists.map(([kind]) => kind))
  const ended = Promise.withResolvers<void>()
  const stop = await visit.agent.changes.listen((change) => {
    if (change.kind === 'ended') return ended.resolve()
    const message = messageOf(visit, change, kinds, addresses, meta)
    if (message !== null) reply.send(message)
  })
  reply.send(
    notificationMessage('notifications/subscriptions/acknowledged', { _meta: meta, notifications: honoured }),
  )
  const timer = setInterval(() => reply.keepAlive(), keepAliveMs)
  reply.gone.addEventListener('abort', () => ended.resolve(), { once: true })
  if (reply.gone.aborted) ended.resolve()
  await ended.promise
  clearInterval(timer)
  watch.end()
  stop()
  return { result: JSON.stringify({ resultType: 'complete', _meta: meta }) }
}

/** The addresses that may be heard of, with the driver each was asked of. */
async function subscribed(
  visit: Visit,
  request: McpRequest,
  uris: readonly string[],
  wishes: CallerWishes,
): Promise<ReadonlyMap<string, string>> {
  const addresses = new Map<string, string>()
  const subscribing = { ...request, method: 'resources/subscribe' }
  for (let at = 0; at < uris.length; at += atOnce) {
    const some = uris.slice(at, at + atOnce)
    const drivers = await Promise.all(some.map((uri) => subscribe(visit, subscribing, uri, wishes)))
    for (const [index, uri] of some.entries()) {
      const driver = drivers[index] ?? null
      if (driver !== null) addresses.set(uri, driver)
    }
  }
  return addresses
}

/** The driver that may tell of `uri`, or null. */
async function subscribe(
  visit: Visit,
  request: McpRequest,
  uri: string,
  { abilities }: CallerWishes,
): Promise<string | null> {
  const target = await resourceTargetOf(visit, 'resources/subscribe', uri)
  if ('error' in target) return null
  const call = startCall(visit, request, target, { abilities, log: null })
  const silence = call.onChange(() => {
    if (call.held !== null || call.asks.size > 0) call.cancel()
  })
  const answer = await call.answer
  silence()
  return 'result' in answer ? target.driver : null
}

function messageOf(
  { scope }: Visit,
  change: Exclude<Change, { kind: 'ended' }>,
  kinds: ReadonlySet<ListKind>,
  addresses: ReadonlyMap<string, string>,
  meta: JsonObject,
): string | null {
  if (scope !== null && change.driver !== scope) return null
  if (change.kind !== 'updated') {
    if (!kinds.has(change.kind)) return null
    return notificationMessage(`notifications/${change.kind}/list_changed`, { _meta: meta })
  }
  if (addresses.get(change.uri) !== change.driver) return null
  return notificationMessage('notifications/resources/updated', { _meta: meta, uri: change.uri })
}

function listOf(value: Json | undefined): readonly string[] {
  const list = Array.isArray(value) ? (value as readonly Json[]) : []
  return [...new Set(list.filter((entry) => typeof entry === 'string'))].slice(0, maxAddresses)
}
