/**
 * What lets us in at a server that asks who we are. A link knows no more than this: what to put into the
 * `Authorization` header, and whom to ask when that was refused.
 */
import type { Result } from '../../base/result.ts'

/** A refusal by the server. */
export interface Challenge {
  readonly status: 401 | 403
  /** The `WWW-Authenticate` header: the server's words, not to be trusted. Empty when there was none. */
  readonly wwwAuthenticate: string
  /** The `Authorization` that was refused, or null when there was none. */
  readonly refused: string | null
  /** The request was repeated already, after an earlier challenge. */
  readonly isRepeated: boolean
}

/** A source of credentials for one server. Rejections are faults. */
export interface HttpAuthorization {
  /** The value for `Authorization`, null for none. An error is a sentence for the operator. */
  header(): Promise<Result<string | null, string>>
  /** Tries to get something better than what was refused. Null: worth trying again; else why not, in a sentence. */
  challenged(challenge: Challenge): Promise<string | null>
}

/** One `name="value"` or `name=value` of a challenge, bounded and printable, or null. */
export function challengeParameter(wwwAuthenticate: string, name: string): string | null {
  const found = new RegExp(`(?:^|[\\s,])${name}=(?:"(?<quoted>[^"]*)"|(?<bare>[^\\s,"]+))`, 'iu').exec(
    wwwAuthenticate.slice(0, 4096),
  )
  const value = found?.groups?.['quoted'] ?? found?.groups?.['bare'] ?? null
  return value !== null && /^[\x20-\x7e]{1,1024}$/u.test(value) ? value : null
}
