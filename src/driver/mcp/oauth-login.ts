/**
 * A login at an MCP server that asks for OAuth: find its authorization server, become its client, send a person
 * there with a browser, and trade the code for tokens (PKCE, resource indicators and issuer checks are the SDK's).
 * This runs only when an operator asks for it; adapters just renew what it leaves behind.
 */
import { randomBytes } from 'node:crypto'
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
} from '@modelcontextprotocol/client'
import type { Result } from '../../base/result.ts'
import type { AuthorizationResponse } from './oauth-callback.ts'
import type { OAuthLogin } from './oauth-credential.ts'
import { err, ok } from '../../base/result.ts'
import { isLoopback } from './http-address.ts'
import { challengeParameter } from './http-authorization.ts'
import { oauthFetch, whyUnfit } from './oauth-fetch.ts'
import { expiryOf, wordsOf } from './oauth-refresh.ts'

/** Whoever takes the person to the authorization server and back. */
export interface Browser {
  /** Where the authorization server sends the person back to. */
  readonly redirectUrl: string
  /** Opens `url` and waits for the visit that carries `state`. Never rejects. */
  visit(url: URL, state: string): Promise<Result<AuthorizationResponse, string>>
}

/** What to log in to, and as whom. */
export interface LoginRequest {
  readonly server: URL
  /** The server's `WWW-Authenticate`, or empty: it says where its metadata is and what scope it wants. */
  readonly wwwAuthenticate: string
  /** Scope to ask for, or null for what the server wants. */
  readonly scope: string | null
  /** Scope of the login before, which is kept, or null. */
  readonly previousScope: string | null
  /** A client that the authorization server knows already, or null. */
  readonly client: { readonly id: string; readonly secret: string | null } | null
  /** Where a document describes us as a client (CIMD), or null. */
  readonly clientMetadataUrl: string | null
  readonly browser: Browser
}

/** Logs in. The error is a sentence for the operator. */
export async function logIn(request: LoginRequest): Promise<Result<OAuthLogin, string>> {
  const { auth, computeScopeUnion } = await import('@modelcontextprotocol/client')
  const { server, wwwAuthenticate, browser } = request
  const wanted = request.scope ?? challengeParameter(wwwAuthenticate, 'scope') ?? undefined
  const scope =
    wanted === undefined ? undefined : computeScopeUnion(request.previousScope ?? undefined, wanted)
  const metadataUrl = URL.parse(challengeParameter(wwwAuthenticate, 'resource_metadata') ?? '')
  const provider = new LoginProvider(request)
  const options = {
    serverUrl: server,
    fetchFn: oauthFetch(server),
    ...(scope === undefined ? {} : { scope }),
    ...(metadataUrl === null ? {} : { resourceMetadataUrl: metadataUrl }),
  }
  try {
    await auth(provider, { ...options, forceReauthorization: true })
    const target = provider.target
    if (target === null) return err('the authorization server was not asked')
    const why = whyUnfit(target, isLoopback(server))
    if (why !== null) return err(`${target.origin} is not opened: ${why}`)
    const response = await browser.visit(target, provider.loginState)
    if (!response.ok) return response
    const { code, issuer } = response.value
    await auth(provider, { ...options, authorizationCode: code, ...(issuer === null ? {} : { iss: issuer }) })
    return provider.login(scope ?? null)
  } catch (error) {
    return err(wordsOf(error))
  }
}

type Tokens = Parameters<OAuthClientProvider['saveTokens']>[0]
type Client = Parameters<NonNullable<OAuthClientProvider['saveClientInformation']>>[0]

/** Keeps, in memory, what the SDK finds out in the course of one login. */
class LoginProvider implements OAuthClientProvider {
  readonly redirectUrl: string
  readonly clientMetadata: OAuthClientMetadata
  readonly clientMetadataUrl?: string
  readonly loginState: string = randomBytes(32).toString('base64url')
  /** Where the person must go, once that is known. */
  target: URL | null = null
  readonly #server: URL
  #client: Client | undefined
  #tokens: Tokens | undefined
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined
  #resource: string | null = null

  constructor({ server, browser, client, clientMetadataUrl }: LoginRequest) {
    this.#server = server
    this.redirectUrl = browser.redirectUrl
    this.clientMetadata = {
      client_name: 'Custos',
      redirect_uris: [browser.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    }
    if (clientMetadataUrl !== null) this.clientMetadataUrl = clientMetadataUrl
    if (client !== null)
      this.#client = {
        client_id: client.id,
        ...(client.secret === null ? {} : { client_secret: client.secret }),
      }
  }

  state(): string {
    return this.loginState
  }

  clientInformation(): Client | undefined {
    return this.#client
  }

  saveClientInformation(client: Client): void {
    this.#client = client
  }

  tokens(): Tokens | undefined {
    return this.#tokens
  }

  saveTokens(tokens: Tokens): void {
    this.#tokens = tokens
  }

  redirectToAuthorization(url: URL): void {
    this.target = url
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }

  codeVerifier(): string {
    return this.#verifier
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovered = state
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovered
  }

  saveResourceUrl(resource: string): void {
    this.#resource = resource
  }

  /** What came of it. `asked` is the scope that was asked for, which is what was given unless told otherwise. */
  login(asked: string | null): Result<OAuthLogin, string> {
    const [client, tokens, discovered] = [this.#client, this.#tokens, this.#discovered]
    if (client === undefined || tokens === undefined || discovered === undefined)
      return err('the authorization server gave no token')
    if (tokens.token_type.toLowerCase() !== 'bearer')
      return err(`the authorization server gave a token of another kind than Bearer`)
    const metadata = discovered.authorizationServerMetadata
    const method = 'token_endpoint_auth_method' in client ? client.token_endpoint_auth_method : undefined
    return ok({
      serverUrl: this.#server.href,
      issuer: metadata?.issuer ?? discovered.authorizationServerUrl,
      tokenEndpoint: metadata?.token_endpoint ?? new URL('/token', discovered.authorizationServerUrl).href,
      tokenAuthMethods: metadata?.token_endpoint_auth_methods_supported ?? [],
      resource: this.#resource,
      clientId: client.client_id,
      clientSecret: client.client_secret ?? null,
      clientAuthMethod: typeof method === 'string' ? method : null,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? null,
      scope: tokens.scope ?? asked,
      expiresAt: expiryOf(tokens.expires_in),
    })
  }
}
