/**
 * The net service: the proxy of every sandbox and the vault, as one driver. It is on both sides of the gate, on
 * purpose: what a sandbox asks of its proxy becomes a call of that sandbox's process, and only when the kernel has
 * judged, recorded and dispatched it back is a connection made, and a secret put on it.
 */
import { ok } from '../../base/result.ts'
import type { Dress } from '../../sandbox/egress/gate.ts'
import { plain } from '../../sandbox/egress/gate.ts'
import type { Service, ServiceAnswer, ServiceCall } from '../service/service.ts'
import { secretOf } from '../vault/secret.ts'
import { readTrust } from '../vault/trust.ts'
import type { OpenSecret } from '../vault/vault.ts'
import { openVault } from '../vault/vault.ts'
import { authoritySeed } from './authority-seed.ts'
import { serveNetControl } from './control-socket.ts'
import { guardMemory } from './memory-guard.ts'
import { definitionsWith } from './net-definitions.ts'
import type { OpenSandbox } from './open-sandbox.ts'
import { openSandbox, standingAuthority } from './open-sandbox.ts'
import { secretDress } from './secret-dress.ts'
import { mayCarry } from './selector-choice.ts'
import type { WaitingRequest } from './waiting-requests.ts'
import { WaitingRequests } from './waiting-requests.ts'

/**
 * Starts the service of one domain, whose things are in `home` and whose sockets in `run`. Rejects when its control
 * socket cannot be served.
 */
export async function createNetService({
  home,
  run,
}: {
  readonly home: string
  readonly run: string
}): Promise<Service> {
  for (const problem of await guardMemory()) log(problem)
  const { secrets, problems } = openVault(home)
  for (const problem of problems) log(problem)
  const trust = readTrust(home)
  const byName = new Map(secrets.map((secret) => [secret.head.name, secret]))
  const waiting = new WaitingRequests()
  const sandboxes = new Set<OpenSandbox>()
  const ground = {
    run,
    waiting,
    headOf: (name: string) => byName.get(name)?.head ?? null,
    seed: authoritySeed(run),
  }
  const control = await serveNetControl(run, {
    authorityOf: (token) => standingAuthority(ground, token).pem,
    secretNames: [...byName.keys()],
    async open(request) {
      const opened = await openSandbox(ground, request)
      if (!opened.ok) return opened
      const sandbox: OpenSandbox = {
        ...opened.value,
        close() {
          sandboxes.delete(sandbox)
          return opened.value.close()
        },
      }
      sandboxes.add(sandbox)
      return ok(sandbox)
    },
  })
  if (!control.ok) throw new Error(control.error.message)
  return {
    definitions: definitionsWith(
      secrets.map(({ head }) => head),
      trust,
    ),
    dispatch: (call) => dispatch(call, waiting, (waited) => dressFor(waited, byName, trust)),
    // The vault is read once: whoever changes it has the driver signed anew, and so started anew.
    over: new Promise(() => {}),
    async close() {
      await Promise.all([control.value.close(), ...[...sandboxes].map((sandbox) => sandbox.close())])
    },
  }
}

async function dispatch(
  { trace, selector, arguments: bytes, signal }: ServiceCall,
  waiting: WaitingRequests,
  dressOf: (waited: WaitingRequest) => Dress | string,
): Promise<ServiceAnswer> {
  const waited = waiting.take(trace, selector, bytes)
  if (waited === null) return failed('no program waits for this at a proxy of ours')
  const dress = dressOf(waited)
  if (typeof dress === 'string') return failed(dress)
  const { outcome, reason, result } = await waited.perform(signal, dress)
  return { outcome, ...(reason === '' ? {} : { reason }), result: { ...result } }
}

/** What the call adds to the request, or why it cannot be done. */
function dressFor(
  { selector, request }: WaitingRequest,
  secrets: ReadonlyMap<string, OpenSecret>,
  trust: ReadonlyMap<string, string>,
): Dress | string {
  const authority = trust.get(request.host)
  const authorities = authority === undefined ? [] : [authority]
  const name = secretOf(selector)
  if (name === null) return { ...plain, authorities }
  const secret = secrets.get(name)
  if (secret === undefined) return `there is no secret ${name}`
  return mayCarry(request, secret.head) ?? secretDress(secret, authorities)
}

function failed(reason: string): ServiceAnswer {
  return { outcome: 'failed', reason, result: {} }
}

function log(problem: string): void {
  process.stderr.write(`net: ${problem}\n`)
}
