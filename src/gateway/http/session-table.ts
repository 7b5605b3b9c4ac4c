/**
 * The sessions of the handshake era that are in memory. A session id carries its session, so that one which was
 * put out of memory, or is older than this process, comes back with the client's next request; what it had
 * subscribed to does not. Whoever ended a session cannot go on with it.
 */
import { legacyRevisions } from '../../mcp/revision.ts'
import type { ClientAbilities } from '../mcp/client-abilities.ts'
import { LegacySession } from '../mcp/legacy-session.ts'
import type { Scope } from '../mcp/naming.ts'
import type { Lease } from './agent-pool.ts'
import type { SessionProfile, SessionSeal } from './sealed-session.ts'
import type { StreamStore } from './stream-store.ts'

/** A session in memory. */
export interface LiveSession {
  readonly session: LegacySession
  readonly profile: SessionProfile
  readonly lease: Lease
  lastUsed: number
  /** Ends the open listening stream, if there is one. */
  endStream: (() => void) | null
}

const maxSessions = 256
const maxSessionsOfAgent = 64
const maxEnded = 4_096
const idleMs = 3_600_000
const lifetimeMs = 7 * 24 * 3_600_000

/** All sessions of one gateway. */
export class SessionTable {
  readonly #seal: SessionSeal
  readonly #streams: StreamStore
  readonly #live = new Map<string, LiveSession>()
  /** Nonces of sessions that were ended, until they would have expired anyway. */
  readonly #ended = new Map<string, number>()

  constructor(seal: SessionSeal, streams: StreamStore) {
    this.#seal = seal
    this.#streams = streams
  }

  /** Opens a session and returns its id. The table owns `lease` from now on. Null when there is no room. */
  open(lease: Lease, scope: Scope, revision: string, abilities: ClientAbilities): string | null {
    const expiresAt = Date.now() + lifetimeMs
    const tokenDigest = lease.digest
    const id = this.#seal.seal({ revision, abilities, tokenDigest, scope, expiresAt })
    const profile = this.#seal.open(id, Date.now())
    return profile !== null && this.#keep(profile, lease) !== null ? id : null
  }

  /** What the id says, if it is one of ours, lives, and belongs to this token and endpoint. */
  profile(id: string, tokenDigest: string, scope: Scope): SessionProfile | null {
    const profile = this.#seal.open(id, Date.now())
    if (profile === null || profile.tokenDigest !== tokenDigest || profile.scope !== scope) return null
    return legacyRevisions.includes(profile.revision) && !this.#ended.has(profile.nonce) ? profile : null
  }

  /** The session in memory, put back there if need be. The table owns `lease` from now on. */
  use(profile: SessionProfile, lease: Lease): LiveSession | null {
    const live = this.#live.get(profile.nonce)
    if (live === undefined) return this.#keep(profile, lease)
    lease.release()
    live.lastUsed = Date.now()
    return live
  }

  /** Ends a session for good. */
  end({ nonce, expiresAt }: SessionProfile): void {
    this.#forget(nonce)
    const [oldest] = this.#ended.keys()
    if (this.#ended.size >= maxEnded && oldest !== undefined) this.#ended.delete(oldest)
    this.#ended.set(nonce, expiresAt)
  }

  /** Puts the sessions of an agent that is gone out of memory. */
  forgetAgent(tokenDigest: string): void {
    for (const [nonce, live] of this.#live) if (live.profile.tokenDigest === tokenDigest) this.#forget(nonce)
  }

  /** Puts sessions that nobody used for an hour out of memory. */
  sweep(now: number): void {
    for (const [nonce, live] of this.#live)
      if (isIdle(live) && now - live.lastUsed > idleMs) this.#forget(nonce)
    for (const [nonce, expiresAt] of this.#ended) if (expiresAt <= now) this.#ended.delete(nonce)
  }

  #keep(profile: SessionProfile, lease: Lease): LiveSession | null {
    if (!this.#hasRoom(profile.tokenDigest)) {
      lease.release()
      return null
    }
    const visit = { agent: lease.agent, scope: profile.scope, era: 'legacy' } as const
    const session = new LegacySession(visit, profile.abilities)
    const live: LiveSession = { session, profile, lease, lastUsed: Date.now(), endStream: null }
    this.#live.set(profile.nonce, live)
    return live
  }

  /** Makes room by putting out the session that was idle for longest: first the agent's own, then anybody's. */
  #hasRoom(tokenDigest: string): boolean {
    const own = [...this.#live].filter(([, live]) => live.profile.tokenDigest === tokenDigest)
    if (own.length >= maxSessionsOfAgent) return this.#putOut(own)
    return this.#live.size < maxSessions || this.#putOut([...this.#live])
  }

  #putOut(candidates: readonly (readonly [string, LiveSession])[]): boolean {
    const idle = candidates.filter(([, live]) => isIdle(live))
    const [oldest] = idle.sort(([, left], [, right]) => left.lastUsed - right.lastUsed)
    if (oldest === undefined) return false
    this.#forget(oldest[0])
    return true
  }

  #forget(nonce: string): void {
    const live = this.#live.get(nonce)
    if (live === undefined) return
    this.#live.delete(nonce)
    live.session.end()
    live.endStream?.()
    this.#streams.forgetSession({ session: nonce, agent: live.profile.tokenDigest })
    live.lease.release()
  }
}

function isIdle({ session, endStream }: LiveSession): boolean {
  return session.isIdle && endStream === null
}
