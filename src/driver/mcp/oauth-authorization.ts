/**
 * Authorization from a credential file. A token that somebody wrote there is used as it is; a login is renewed
 * shortly before it expires and when the server refuses it. What needs a person is said in a sentence: a login
 * again, or one with more scope. The file is read again whenever the server is not content, so that a login takes
 * effect without a restart.
 */
import type { Result } from '../../base/result.ts'
import type { HttpProgram } from '../../kernel/manifest.ts'
import type { Challenge, HttpAuthorization } from './http-authorization.ts'
import type { Credential } from './oauth-credential.ts'
import { basename, dirname } from 'node:path'
import { err, ok } from '../../base/result.ts'
import { isPrivateWay } from './http-address.ts'
import { challengeParameter } from './http-authorization.ts'
import { readCredential, writeLogin } from './oauth-credential.ts'
import { refreshLogin } from './oauth-refresh.ts'

/** A token is renewed when it has no longer than this to live. */
const renewBeforeMs = 60_000
/** RFC 6749's scope, without the quotes that a shell or we ourselves would read. */
const scopeForm = /^[\x21\x23-\x26\x28-\x5b\x5d-\x5f\x61-\x7e ]+$/u

/** What a login's file is called. It lies in a folder that is named after its driver. */
export const loginFileName = 'credential.json'

/** The authorization that `program.credential` gives. */
export function credentialFile(program: HttpProgram): HttpAuthorization {
  return program.credential === '' ? noAuthorization : new FileAuthorization(program)
}

const noAuthorization: HttpAuthorization = {
  header: () => Promise.resolve(ok(null)),
  challenged: () =>
    Promise.resolve('the server wants to know who asks, and the driver has no credential file'),
}

class FileAuthorization implements HttpAuthorization {
  readonly #path: string
  readonly #url: URL | null
  /** What an operator can do about the credential. */
  readonly #remedy: string
  readonly #isLogin: boolean
  #credential: Promise<Result<Credential, string>> | null = null
  #renewal: Promise<string | null> | null = null
  /** What the last renewal gave. */
  #renewed: string | null = null

  constructor({ credential, url }: HttpProgram) {
    this.#path = credential
    this.#url = URL.parse(url)
    this.#isLogin = basename(credential) === loginFileName
    this.#remedy = this.#isLogin
      ? `run \`custos driver login ${basename(dirname(credential))}`
      : `renew the token in ${credential}`
  }

  async header(): Promise<Result<string | null, string>> {
    this.#credential ??= readCredential(this.#path)
    const credential = await this.#credential
    if (!credential.ok || credential.value.kind === 'none') {
      this.#credential = null
      return credential.ok ? ok(null) : credential
    }
    const why = this.#whyUnfit(credential.value)
    if (why !== null) return err(why)
    if (isAboutToExpire(credential.value)) {
      // If it cannot be renewed the old one is tried: clocks differ, and the server says what is wrong.
      await this.#renew(headerOf(credential.value))
    }
    const current = await (this.#credential ?? credential)
    return current.ok ? ok(headerOf(current.value)) : current
  }

  async challenged(challenge: Challenge): Promise<string | null> {
    this.#credential = readCredential(this.#path)
    const credential = await this.#credential
    if (!credential.ok) return credential.error
    const header = headerOf(credential.value)
    if (header !== challenge.refused) return header === null ? this.#askForLogin() : null
    if (challenge.status === 403) return this.#askForScope(challenge)
    if (header === null) return this.#askForLogin()
    if (challenge.isRepeated && header === this.#renewed)
      return `the server refuses a fresh token: ${this.#advice()}`
    const why = await this.#renew(header)
    return why === null ? null : `${why}: ${this.#advice()}`
  }

  /** Null once the credential is another than `old`; else why not. One at a time, whoever asks. */
  #renew(old: string | null): Promise<string | null> {
    this.#renewal ??= this.#renewNow(old).finally(() => {
      this.#renewal = null
    })
    return this.#renewal
  }

  async #renewNow(old: string | null): Promise<string | null> {
    const credential = await readCredential(this.#path)
    if (!credential.ok) return credential.error
    if (headerOf(credential.value) !== old) {
      this.#credential = Promise.resolve(credential)
      return null
    }
    if (credential.value.kind !== 'login') return 'the server refuses the token'
    const login = await refreshLogin(credential.value.login)
    if (!login.ok) return login.error
    const value: Credential = { kind: 'login', login: login.value }
    this.#credential = Promise.resolve(ok(value))
    this.#renewed = headerOf(value)
    try {
      await writeLogin(this.#path, login.value)
    } catch {
      // The token is good all the same; the next start will find the old one.
    }
    return null
  }

  /** A credential goes to the server it is for, over a way that others cannot listen on, or nowhere. */
  #whyUnfit(credential: Credential): string | null {
    if (this.#url === null || !isPrivateWay(this.#url))
      return 'the credential is not sent, because it would travel in the clear: the URL must be https'
    if (credential.kind === 'login' && URL.parse(credential.login.serverUrl)?.href !== this.#url.href)
      return `the login is for another server: ${this.#advice()}`
    return null
  }

  #askForLogin(): string {
    return `the server wants to know who asks: ${this.#advice()}`
  }

  #askForScope({ wwwAuthenticate }: Challenge): string {
    const scope = challengeParameter(wwwAuthenticate, 'scope')
    const shown = scope !== null && scopeForm.test(scope) ? scope : null
    const wanted = shown === null ? 'more scope than the credential has' : `the scope "${shown}"`
    return `the server wants ${wanted}: ${this.#advice(this.#isLogin && shown !== null ? ` --scope '${shown}'` : '')}`
  }

  #advice(more: string = ''): string {
    return this.#isLogin ? `${this.#remedy}${more}\`` : this.#remedy
  }
}

function headerOf(credential: Credential): string | null {
  if (credential.kind === 'none') return null
  return `Bearer ${credential.kind === 'token' ? credential.token : credential.login.accessToken}`
}

function isAboutToExpire(credential: Credential): boolean {
  if (credential.kind !== 'login' || credential.login.refreshToken === null) return false
  const { expiresAt } = credential.login
  return expiresAt !== null && expiresAt - Date.now() < renewBeforeMs
}
