/**
 * The way to one MCP endpoint: its URL, its connections, the session that the server opened there, and our
 * authorization. Requests of every kind go through here, so that a credential cannot be sent anywhere else and a
 * refused one is renewed in one place.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Challenge, HttpAuthorization } from './http-authorization.ts'
import type { Exchange, ExchangeOwner, HttpAgent, Patience } from './http-exchange.ts'
import type { LinkProblem } from './link.ts'
import { agentFor, exchange } from './http-exchange.ts'

/** What is asked, without what the channel adds. */
export interface ChannelRequest {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array | null
  readonly patience: Patience
  /** Stateless requests carry no session id. */
  readonly inSession: boolean
}

/** What comes of it. Called asynchronously; after `ended` or `failed` nothing more is called. */
export interface ChannelOwner {
  answered(status: number, headers: IncomingHttpHeaders): void
  bytes(chunk: Buffer): void
  ended(): void
  failed(problem: LinkProblem): void
}

/** How often one request is repeated with a renewed credential. */
const renewals = 2
const sessionIdForm = /^[\x21-\x7e]{1,1024}$/u

/** One endpoint. */
export class HttpChannel {
  readonly #url: URL
  readonly #agent: HttpAgent
  readonly #authorization: HttpAuthorization
  readonly #sessionLost: () => void
  #sessionId: string | null = null

  /** `sessionLost` is called when the server does not know the session any more. */
  constructor(url: URL, authorization: HttpAuthorization, sessionLost: () => void) {
    this.#url = url
    this.#agent = agentFor(url)
    this.#authorization = authorization
    this.#sessionLost = sessionLost
  }

  get hasSession(): boolean {
    return this.#sessionId !== null
  }

  /** Takes the session id from the answer to `initialize`, if the server gave a usable one. */
  openSession(headers: IncomingHttpHeaders): void {
    const id = headers['mcp-session-id']
    if (typeof id === 'string' && sessionIdForm.test(id)) this.#sessionId = id
  }

  /** Sends a request. Never throws, and calls the owner only later. */
  ask(request: ChannelRequest, owner: ChannelOwner): Exchange {
    const attempt = new Attempt(owner)
    void this.#try(request, attempt, renewals)
    return attempt
  }

  /** Closes every connection. Requests that are under way fail. */
  close(): void {
    this.#agent.destroy()
  }

  async #try(request: ChannelRequest, attempt: Attempt, renewalsLeft: number): Promise<void> {
    const authorization = await this.#authorization.header()
    if (attempt.owner === null) return
    if (!authorization.ok) return attempt.fail(problem(authorization.error, false, null))
    const credential = authorization.value
    const sessionId = request.inSession ? this.#sessionId : null
    const headers = {
      ...request.headers,
      'user-agent': 'custos',
      'accept-encoding': 'identity',
      ...(credential === null ? {} : { authorization: credential }),
      ...(sessionId === null ? {} : { 'mcp-session-id': sessionId }),
    }
    const renew = (challenge: Challenge): void => void this.#renew(request, attempt, renewalsLeft, challenge)
    const isRepeated = renewalsLeft < renewals
    const reader = this.#reader(attempt, { credential, sessionId, isRepeated, renew })
    const { method, body, patience } = request
    try {
      attempt.begin(exchange({ url: this.#url, agent: this.#agent, method, headers, body, patience }, reader))
    } catch {
      attempt.fail(problem('the message cannot be written as an HTTP request', false, null))
    }
  }

  #reader(attempt: Attempt, sent: Sent): ExchangeOwner {
    return {
      answered: (status, headers) => {
        if (status === 401 || (status === 403 && isAboutScope(headers))) {
          attempt.end()
          const wwwAuthenticate = headers['www-authenticate'] ?? ''
          const { credential: refused, isRepeated } = sent
          return sent.renew({ status, wwwAuthenticate, refused, isRepeated })
        }
        if (status === 404 && sent.sessionId !== null) return this.#loseSession(sent.sessionId, attempt)
        attempt.owner?.answered(status, headers)
      },
      bytes: (chunk) => attempt.owner?.bytes(chunk),
      ended: () => attempt.owner?.ended(),
      failed: (reason, wasSent) => attempt.fail(problem(reason, wasSent, null)),
    }
  }

  async #renew(request: ChannelRequest, attempt: Attempt, left: number, challenge: Challenge): Promise<void> {
    const why =
      left === 0 ? 'the server refuses every credential' : await this.#authorization.challenged(challenge)
    if (attempt.owner === null) return
    if (why !== null) return attempt.fail(problem(why, true, challenge.status))
    await this.#try(request, attempt, left - 1)
  }

  #loseSession(id: string, attempt: Attempt): void {
    attempt.end()
    attempt.fail(problem('the server has ended the session', true, 404))
    if (this.#sessionId !== id) return
    this.#sessionId = null
    setImmediate(this.#sessionLost)
  }
}

/** What one try of a request carried, and what to do when it is refused. */
interface Sent {
  readonly credential: string | null
  readonly sessionId: string | null
  readonly isRepeated: boolean
  renew(challenge: Challenge): void
}

/** A request over all its tries. */
class Attempt implements Exchange {
  owner: ChannelOwner | null
  #running: Exchange | null = null

  constructor(owner: ChannelOwner) {
    this.owner = owner
  }

  begin(running: Exchange): void {
    this.#running = running
  }

  /** Leaves the try that is running; the owner still waits. */
  end(): void {
    this.#running?.release()
  }

  fail(why: LinkProblem): void {
    this.owner?.failed(why)
    this.owner = null
  }

  abort(): void {
    this.owner = null
    this.#running?.abort()
  }

  release(): void {
    this.owner = null
    this.#running?.release()
  }
}

/** A problem without a JSON-RPC error. */
export function problem(reason: string, sent: boolean, status: number | null): LinkProblem {
  return { reason, sent, status, error: null }
}

function isAboutScope(headers: IncomingHttpHeaders): boolean {
  return /insufficient_scope/u.test(headers['www-authenticate'] ?? '')
}
