/**
 * The agents whose clients are here: one attachment for each token in each domain, however many clients bring it,
 * kept while it is used and for a while after. The kernel verifies a token when it attaches, and again after every
 * restart. Who brings a token that a domain does not take learns nothing of it, not even whether it is there.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import type { Agent } from '../kernel/agent.ts'
import { agentOf } from '../kernel/agent.ts'
import type { AttachProblem } from '../kernel/attachment.ts'

/** The use of an agent, until it is released. */
export interface Lease {
  readonly agent: Agent
  /** Digest of the token, and of the domain that it is for. */
  readonly digest: string
  release(): void
}

interface Entry {
  readonly agent: Agent
  leases: number
  lastUsed: number
}

const maxAgents = 256
/** Requests and streams of one agent at a time. */
const maxLeases = 192
const idleMs = 600_000

/** All agents of one gateway. */
export class AgentPool {
  readonly #socketOf: (domain: string) => string
  readonly #onGone: (digest: string) => void
  readonly #entries = new Map<string, Entry>()
  /** Tokens that the kernel has not taken yet: anybody can bring one, so nobody makes way for it. */
  readonly #arriving = new Map<string, Entry>()

  /** `socketOf` is where a domain's kernel takes agents; `onGone` hears of those whose token it takes no more. */
  constructor(socketOf: (domain: string) => string, onGone: (digest: string) => void) {
    this.#socketOf = socketOf
    this.#onGone = onGone
  }

  /** The agent behind a token, attached. */
  async open(token: string, domain: string = mainDomain): Promise<Result<Lease, AttachProblem>> {
    const digest = sha256Hex(domain === mainDomain ? token : `${domain}\n${token}`)
    const known = this.#entries.get(digest) ?? this.#arriving.get(digest)
    const entry = known ?? this.#arrive(digest, token, domain)
    if (entry === null) return err(tooManyAgents)
    if (entry.leases >= maxLeases)
      return err({ kind: 'unavailable', message: 'too many requests of this agent are open' })
    entry.leases += 1
    const attached = await entry.agent.attachment.attach()
    const why = attached.ok ? this.#whyNotAdmitted(digest, entry) : attached.error
    if (why !== null) {
      entry.leases -= 1
      const wasTaken = this.#entries.get(digest) === entry
      if (why.kind === 'refused' || entry.leases === 0) this.#drop(digest, entry)
      return err(wasTaken || domain === mainDomain ? why : nobodyThere)
    }
    return ok({ agent: entry.agent, digest, release: once(() => this.#release(entry)) })
  }

  /** Leaves agents that nobody used for a while. */
  sweep(now: number): void {
    for (const [digest, entry] of this.#entries)
      if (isIdle(entry) && now - entry.lastUsed > idleMs) this.#drop(digest, entry)
  }

  #arrive(digest: string, token: string, domain: string): Entry | null {
    if (this.#arriving.size >= maxAgents) return null
    const agent = agentOf(this.#socketOf(domain), token)
    const entry = { agent, leases: 0, lastUsed: Date.now() }
    entry.agent.attachment.onEvent((event) => {
      if (event.kind === 'ended') this.#drop(digest, entry)
    })
    this.#arriving.set(digest, entry)
    return entry
  }

  /** Gives a token that the kernel took its place; whoever was idle for longest makes way. */
  #whyNotAdmitted(digest: string, entry: Entry): AttachProblem | null {
    if (this.#entries.get(digest) === entry) return null
    if (this.#arriving.get(digest) !== entry) return tooManyAgents
    this.#arriving.delete(digest)
    if (this.#entries.size >= maxAgents) {
      const idle = [...this.#entries].filter(([, other]) => isIdle(other))
      const [oldest] = idle.sort(([, left], [, right]) => left.lastUsed - right.lastUsed)
      if (oldest === undefined) return tooManyAgents
      this.#drop(...oldest)
    }
    this.#entries.set(digest, entry)
    return null
  }

  #release(entry: Entry): void {
    entry.leases -= 1
    entry.lastUsed = Date.now()
  }

  #drop(digest: string, entry: Entry): void {
    if (this.#arriving.get(digest) === entry) this.#arriving.delete(digest)
    if (this.#entries.get(digest) === entry) {
      this.#entries.delete(digest)
      this.#onGone(digest)
    }
    entry.agent.attachment.close()
  }
}

/** The same for a domain that is away, one that takes no such token, and one that there never was. */
const nobodyThere: AttachProblem = { kind: 'refused', message: 'this token is nobody’s there' }
const tooManyAgents: AttachProblem = { kind: 'unavailable', message: 'too many agents are here' }

function isIdle({ leases, agent }: Entry): boolean {
  return leases === 0 && agent.attachment.inFlight === 0
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    act()
  }
}
