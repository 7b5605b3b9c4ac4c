/**
 * One CONNECT, from its head to the end of its tunnel. Where we are to look inside, the tunnel ends here and its
 * requests are asked for one by one; else the gate is asked for the tunnel.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authority } from './authority.ts'
import { denialOf, denyConnect } from './denial.ts'
import { addressToAsk } from './destination.ts'
import { earlyBytes } from './early-bytes.ts'
import type { EgressRequest } from './gate.ts'
import { acceptTls } from './accept-tls.ts'
import { badRequest, nobody, problemOfHost } from './plain-request.ts'
import { enter, type Proxy } from './proxy.ts'
import { headersOf, problemOfHead } from './request-head.ts'
import { performTunnel } from './tunnel.ts'

/** Answers `request`, which came on `socket`. Resolves when the tunnel is over. */
export async function serveConnect(
  proxy: Proxy,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { outside, traffic } = proxy
  const problem = problemOfHead(request, outside.limits, true)
  if (problem !== null) return denyConnect(socket, badRequest(problem.reason, problem.status))
  if (traffic.origins.has(socket) || (traffic.pending.get(socket) ?? 0) > 0)
    return denyConnect(socket, badRequest('a tunnel has a connection of its own'))
  const where = readAim(request, proxy)
  if (typeof where === 'string') return denyConnect(socket, badRequest(where))
  const place = enter(proxy, socket)
  if (typeof place !== 'function') return denyConnect(socket, place)
  try {
    const context = await proxy.interceptor?.contextFor(where.host, where.port)
    if (context === null || context === undefined) return await ask(proxy, request, where, socket, head)
    place()
    const tls = await acceptTls(socket, head, where, context, outside.limits.headMs)
    if (!tls.ok) return
    traffic.origins.set(tls.value, where)
    proxy.handOver(tls.value)
  } finally {
    place()
  }
}

/** Where it wants to go, or what is wrong with how it says so. The port must be there. */
function readAim(request: IncomingMessage, { outside }: Proxy): Authority | string {
  const text = request.url ?? ''
  const where = outside.judge.authority(text, 0)
  if (!where.ok) return where.error
  return problemOfHost(request, where.value, where.value.port, outside.judge) ?? where.value
}

async function ask(
  proxy: Proxy,
  request: IncomingMessage,
  where: Authority,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const { gate, outside, traffic } = proxy
  const early = earlyBytes(client, head)
  const pins = await gate.pins(where.host).catch(() => null)
  if (pins === null) return denyConnect(client, nobody)
  const address = addressToAsk(where, pins, outside.judge)
  const question: EgressRequest = {
    kind: 'tunnel',
    scheme: 'https',
    host: where.host,
    port: where.port,
    method: '',
    path: '',
    bodyBytes: 0,
    bodySha256: '',
    headers: headersOf(request),
    address,
  }
  const wanted = { where, asked: address, pins }
  const tunnel = { wanted, client, early, outside, bytes: traffic.bytes }
  const answer = await gate.ask(question, (signal) => performTunnel(tunnel, signal), early.gone)
  if (answer.kind !== 'performed') denyConnect(client, denialOf(answer))
}
