/**
 * The life of the adapter behind a driver that is another domain. It outlives that domain's absence: while the other
 * is away, frozen or halted it presents nothing here, and comes back with whatever is given then. It ends when its
 * own kernel does, or when the other domain does not know it any more.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { canonicalJson } from '../../base/canonical-json.ts'
import { connectWire } from '../../wire/client.ts'
import { encodeDefinitions } from '../definition.ts'
import type { Given } from './giving-domain.ts'
import { GivingDomain } from './giving-domain.ts'
import { relayCall } from './relay-call.ts'

/** Where both domains are. */
export interface ShareAdapter {
  /** The taking domain's socket for adapters, and the secret it knows this one by. */
  readonly driverSocket: string
  readonly secret: string
  /** The giving domain, its socket for agents, and the token of the agent that stands for the taker. */
  readonly from: string
  readonly agentSocket: string
  readonly token: string
  /** Aborts when the supervisor is gone. */
  readonly signal: AbortSignal
}

/** How long until a giving domain that is away is tried again, and how long changes are let settle. */
const retryMs = 1_000
const settleMs = 250
/** Dispatches that may be under way at once. */
const credit = 256

/** Serves until it is over for good; resolves with why. */
export async function serveShare(share: ShareAdapter): Promise<string> {
  for (;;) {
    if (share.signal.aborted) return 'the supervisor is gone'
    const ended = await serveOnce(share)
    if (ended !== null) return ended
    await pause(retryMs, undefined, { signal: share.signal }).catch(() => undefined)
  }
}

/** One attachment to both; null when it is to be tried again. */
async function serveOnce(share: ShareAdapter): Promise<string | null> {
  const { from, agentSocket, token, signal } = share
  const giving = await GivingDomain.attach(agentSocket, token, signal)
  if (!giving.ok)
    return giving.error.kind === 'refused'
      ? `domain ${from} shares nothing any more: ${giving.error.message}`
      : null
  try {
    const given = await giving.value.read()
    return given.ok ? await serveGiven(share, giving.value, given.value) : null
  } finally {
    giving.value.close()
  }
}

async function serveGiven(share: ShareAdapter, giving: GivingDomain, given: Given): Promise<string | null> {
  const { driverSocket, secret, from, signal } = share
  const stop = new AbortController()
  const connected = await connectWire(
    driverSocket,
    { secret },
    {
      body: new TextEncoder().encode(textOf(given)),
      onRequest: (request) => relayCall(giving, from, request),
      credit,
      signal: AbortSignal.any([signal, stop.signal]),
    },
  )
  if (!connected.ok) return `the kernel cannot be reached: ${connected.error.message}`
  const kernel = connected.value
  const gone = giving.over.then(() => null)
  const changed = untilNews(giving, given).then(() => null)
  const ended = kernel.closed.then(({ reason }) => `the kernel ended the connection: ${reason}`)
  const why = await Promise.race([gone, changed, ended])
  stop.abort()
  kernel.close()
  return signal.aborted ? 'the supervisor is gone' : why
}

/**
 * Resolves when something is given that was not presented, or that is another thing now. What is missing waits: calls
 * for it are refused over there, and a driver that is being restarted there comes back as what it was.
 */
function untilNews(giving: GivingDomain, presented: Given): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | null = null
  const look = async (): Promise<void> => {
    timer = null
    const now = await giving.read()
    if (!now.ok || hasNews(now.value, presented)) resolve()
  }
  giving.onChanged(() => {
    timer ??= setTimeout(() => void look(), settleMs)
  })
  void giving.over.then(() => timer !== null && clearTimeout(timer))
  return promise
}

function hasNews(now: Given, presented: Given): boolean {
  const text = (given: Given, selector: string): string =>
    canonicalJson(given.get(selector)?.shared.definition ?? null)
  return [...now.keys()].some((selector) => text(now, selector) !== text(presented, selector))
}

/** What is presented, in one order. */
function textOf(given: Given): string {
  const definitions = [...given.values()].map(({ shared }) => shared)
  return encodeDefinitions(definitions.toSorted((a, b) => (a.selector < b.selector ? -1 : 1)))
}
