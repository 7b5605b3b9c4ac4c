/** What a session is told that concerns no request of its client: lists that changed, resources that did. */
import { notificationMessage } from '../mcp/message.ts'
import type { Reply } from '../mcp/reply.ts'
import type { LiveSession } from './session-table.ts'

const keepAliveMs = 15_000

/**
 * Tells a session's client from now on, until it is gone, the agent is, or somebody else listens: a session has
 * one such stream. Resolves once changes are noticed.
 */
export async function startListening(live: LiveSession, reply: Reply): Promise<void> {
  live.endStream?.()
  const timer = setInterval(() => reply.keepAlive(), keepAliveMs)
  const stop = live.session.visit.agent.changes.listen((change) => {
    if (change.kind === 'ended') return end()
    const message = live.session.tell(change)
    if (message !== null) reply.send(message)
  })
  const end = (): void => {
    clearInterval(timer)
    void stop.then((stopped) => stopped())
    if (live.endStream === end) live.endStream = null
    live.lastUsed = Date.now()
    reply.abandon()
  }
  live.endStream = end
  reply.gone.addEventListener('abort', end, { once: true })
  if (reply.gone.aborted) end()
  await stop
}

/** Tells that every list may have changed: nobody knows what happened while nobody listened. */
export function tellEverythingChanged(reply: Reply): void {
  for (const kind of ['tools', 'prompts', 'resources'])
    reply.send(notificationMessage(`notifications/${kind}/list_changed`, {}))
}
