/**
 * One sandbox's way out: a proxy on a socket of its own, which asks in the name of that sandbox's process. It lives
 * for as long as the process is attached and whoever opened it stays connected.
 */
import { lstatSync } from 'node:fs'
import { dirname, isAbsolute } from 'node:path'
import { sha256 } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Interceptor } from '../../sandbox/egress/interceptor.ts'
import { serveEgress } from '../../sandbox/egress/proxy-server.ts'
import type { Authority } from '../../sandbox/egress/tls/authority.ts'
import { createAuthority } from '../../sandbox/egress/tls/authority.ts'
import type { SecretHead } from '../vault/secret.ts'
import type { InterceptionRule } from './interception.ts'
import { interceptedHosts, mustIntercept } from './interception.ts'
import { SandboxAttachment } from './sandbox-attachment.ts'
import { SandboxGate } from './sandbox-gate.ts'
import type { WaitingRequests } from './waiting-requests.ts'

/** What all sandboxes of a service share. */
export interface SandboxGround {
  /** The domain's folder of sockets. */
  readonly run: string
  readonly waiting: WaitingRequests
  readonly headOf: (name: string) => SecretHead | null
  /** Secret bytes of this service that outlive it, so that a sandbox's authority does too. */
  readonly seed: Uint8Array
}

/** What is asked for. */
export interface OpenRequest {
  readonly token: string
  /** Absolute path of the socket to serve, in a private folder. */
  readonly socket: string
  /** Its programs were told beforehand whom to trust, whatever they may come to hold. */
  readonly isStanding: boolean
  readonly rule: InterceptionRule
}

/** A sandbox that is served. */
export interface OpenSandbox {
  /** What the programs in it are to trust, as PEM; empty when no TLS is opened. */
  readonly authority: string
  /** Cuts everything under way and removes the socket. Idempotent. */
  close(): Promise<void>
}

/** Hosts beyond which an authority is not bound by name: every client reads the whole list at every connection. */
const maxNamedHosts = 64

/** Attaches as the sandbox's process and serves its socket. The error is a sentence without the token. */
export async function openSandbox(
  ground: SandboxGround,
  request: OpenRequest,
): Promise<Result<OpenSandbox, string>> {
  const problem = whyNoSocket(request.socket)
  if (problem !== null) return err(problem)
  const attached = await SandboxAttachment.open(ground.run, request.token)
  if (!attached.ok) return attached
  const attachment = attached.value
  const authority = await authorityFor(ground, request, attachment)
  const gate = new SandboxGate({ attachment, waiting: ground.waiting, headOf: ground.headOf })
  const interceptor = authority === null ? null : interceptorFor(ground, request, attachment, authority)
  try {
    const proxy = await serveEgress({
      socket: request.socket,
      // Who is in the sandbox may be another user here; the folder keeps everybody else out.
      mode: 0o666,
      gate,
      ...(interceptor === null ? {} : { interceptor }),
    })
    const close = async (): Promise<void> => {
      attachment.close()
      await proxy.close()
    }
    void attachment.over.then(close)
    return ok({ authority: authority?.pem ?? '', close })
  } catch (problem) {
    attachment.close()
    return err(`the socket cannot be served: ${problem instanceof Error ? problem.message : 'failed'}`)
  }
}

/** The authority of a sandbox whose hosts cannot be known beforehand. The same for a token as long as the seed lives. */
export function standingAuthority({ seed }: Pick<SandboxGround, 'seed'>, token: string): Authority {
  return createAuthority({ hosts: null, seed: sha256(Buffer.concat([seed, Buffer.from(token)])) })
}

async function authorityFor(
  ground: SandboxGround,
  { token, rule, isStanding }: OpenRequest,
  attachment: SandboxAttachment,
): Promise<Authority | null> {
  const { headOf, seed } = ground
  if (isStanding) return standingAuthority(ground, token)
  const { held } = await attachment.holdings()
  const hosts = interceptedHosts(held, headOf, rule)
  if (hosts?.length === 0) return null
  return createAuthority({
    hosts: (hosts?.length ?? 0) > maxNamedHosts ? null : hosts,
    seed: sha256(Buffer.concat([seed, Buffer.from(token)])),
  })
}

function interceptorFor(
  { headOf }: SandboxGround,
  { rule }: OpenRequest,
  attachment: SandboxAttachment,
  authority: Authority,
): Interceptor {
  return {
    async contextFor(host) {
      const { held } = await attachment.holdings()
      if (!authority.covers(host) || !mustIntercept(host, held, headOf, rule)) return null
      return authority.contextFor(host)
    },
  }
}

/** Why `socket` cannot be served safely, or null. */
function whyNoSocket(socket: string): string | null {
  if (!isAbsolute(socket) || socket.includes('\0')) return 'the socket must be an absolute path'
  const folder = dirname(socket)
  const status = lstatSync(folder, { throwIfNoEntry: false })
  const isPrivate =
    status?.isDirectory() === true && status.uid === process.getuid?.() && (status.mode & 0o077) === 0
  return isPrivate ? null : `${folder} must be a folder of yours with mode 0700`
}
