/**
 * An authorization with its operator built in: whenever the credential file cannot satisfy the server, a login is
 * made as `custos driver login` makes it, with a browser that nobody sits at.
 */
import type { JsonObject } from '../../src/base/json.ts'
import type { Result } from '../../src/base/result.ts'
import { err } from '../../src/base/result.ts'
import type { Challenge, HttpAuthorization } from '../../src/driver/mcp/http-authorization.ts'
import { credentialFile } from '../../src/driver/mcp/oauth-authorization.ts'
import type { AuthorizationResponse } from '../../src/driver/mcp/oauth-callback.ts'
import { readVisit } from '../../src/driver/mcp/oauth-callback.ts'
import { readCredential, writeLogin } from '../../src/driver/mcp/oauth-credential.ts'
import type { Browser } from '../../src/driver/mcp/oauth-login.ts'
import { logIn } from '../../src/driver/mcp/oauth-login.ts'
import type { HttpProgram } from '../../src/kernel/manifest.ts'

/** The suite's authorization servers take this for a description of the client. */
const clientMetadataUrl = 'https://conformance-test.local/client-metadata.json'
/** No operator logs in for ever. */
const mostLogins = 3

/** The credential file of `program`, and an operator. `context` may name a client that is known beforehand. */
export class OperatedAuthorization implements HttpAuthorization {
  readonly #program: HttpProgram
  readonly #context: JsonObject
  readonly #file: HttpAuthorization
  #logins = 0

  constructor(program: HttpProgram, context: JsonObject) {
    this.#program = program
    this.#context = context
    this.#file = credentialFile(program)
  }

  header(): Promise<Result<string | null, string>> {
    return this.#file.header()
  }

  async challenged(challenge: Challenge): Promise<string | null> {
    const why = await this.#file.challenged(challenge)
    if (why === null || ++this.#logins > mostLogins) return why
    const before = await readCredential(this.#program.credential)
    const { client_id: id, client_secret: secret } = this.#context
    const login = await logIn({
      server: new URL(this.#program.url),
      wwwAuthenticate: challenge.wwwAuthenticate,
      scope: null,
      previousScope: before.ok && before.value.kind === 'login' ? before.value.login.scope : null,
      client: typeof id === 'string' ? { id, secret: typeof secret === 'string' ? secret : null } : null,
      clientMetadataUrl,
      browser: absentMinded,
    })
    if (!login.ok) return login.error
    await writeLogin(this.#program.credential, login.value)
    return this.#file.challenged(challenge)
  }
}

/** A browser that follows one redirect, which is all that the suite's authorization servers ask of a person. */
const absentMinded: Browser = {
  redirectUrl: 'http://127.0.0.1:3000/callback',
  async visit(url: URL, state: string): Promise<Result<AuthorizationResponse, string>> {
    const response = await fetch(url, { redirect: 'manual' })
    const target = URL.parse(response.headers.get('location') ?? '')
    const visit = target === null ? null : readVisit(target.searchParams, state)
    return visit ?? err('the authorization server did not send the browser back')
  },
}
