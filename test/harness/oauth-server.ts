/**
 * An MCP server with one tool that asks for OAuth, and its authorization server, both on one loopback port: protected-resource
 * metadata, registration, authorization with PKCE, tokens that expire and are renewed. It keeps what it was asked,
 * and a test can make it worse than it is.
 */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Arrived, TestServer } from './http-server.ts'
import { sendJson, serveHttp } from './http-server.ts'

/** What a test can change while the server runs. */
export interface OAuthBehaviour {
  /** The scope that `tools/call` needs. */
  callScope: string
  /** Seconds, or null to say nothing. */
  expiresIn: number | null
  /** What the metadata says instead of the truth. */
  metadata: { readonly [name: string]: unknown }
  /** Whether a refresh token works. */
  renews: boolean
  /** Whether the server takes a token that it just gave. */
  accepts: boolean
}

/** A running server. */
export interface OAuthServer extends TestServer {
  readonly behaviour: OAuthBehaviour
  /** Tokens given so far, oldest first. */
  readonly given: readonly string[]
  /** Forgets every access token. */
  forget(): void
}

/** Starts it. Its owner must `close` it. */
export async function serveOAuth(): Promise<OAuthServer> {
  const state = new OAuthState()
  const server = await serveHttp((arrived, response) => state.respond(arrived, response))
  state.url = server.url
  return {
    ...server,
    behaviour: state.behaviour,
    given: state.given,
    forget: () => state.valid.clear(),
  }
}

class OAuthState {
  url = ''
  readonly behaviour: OAuthBehaviour = {
    callScope: 'basic',
    expiresIn: 3600,
    metadata: {},
    renews: true,
    accepts: true,
  }
  readonly given: string[] = []
  /** Scope by access token. */
  readonly valid = new Map<string, string>()
  #challenge = ''
  #scope = ''
  #tokens = 0

  respond(arrived: Arrived, response: ServerResponse): void {
    const url = new URL(arrived.path, this.url)
    switch (url.pathname) {
      case '/mcp':
        return this.#serve(arrived, response)
      case '/.well-known/oauth-protected-resource/mcp':
        return sendJson(response, { resource: this.url, authorization_servers: [url.origin] })
      case '/.well-known/oauth-authorization-server':
        return sendJson(response, { ...metadataOf(url.origin), ...this.behaviour.metadata })
      case '/register':
        return sendJson(response, { ...parse(arrived.body), client_id: 'client-1' }, 201)
      case '/authorize':
        return this.#authorize(url, response)
      case '/token':
        return this.#token(new URLSearchParams(arrived.body), response)
      default:
        response.writeHead(404).end()
    }
  }

  #serve({ method: verb, headers, body }: Arrived, response: ServerResponse): void {
    if (verb !== 'POST') return void response.writeHead(405).end()
    const token = headers.authorization?.replace(/^Bearer /u, '') ?? ''
    const scope = this.behaviour.accepts ? this.valid.get(token) : undefined
    const metadata = new URL('/.well-known/oauth-protected-resource/mcp', this.url).href
    if (scope === undefined) {
      response.setHeader('www-authenticate', `Bearer resource_metadata="${metadata}", scope="basic"`)
      return void response.writeHead(401).end()
    }
    const { id, method } = parse(body)
    if (method === 'tools/call' && !scope.split(' ').includes(this.behaviour.callScope)) {
      const wanted = `error="insufficient_scope", scope="${this.behaviour.callScope}"`
      response.setHeader('www-authenticate', `Bearer ${wanted}, resource_metadata="${metadata}"`)
      return void response.writeHead(403).end()
    }
    if (id === undefined) return void response.writeHead(202).end()
    sendJson(response, { jsonrpc: '2.0', id, ...answerTo(method ?? '') })
  }

  #authorize(url: URL, response: ServerResponse): void {
    const { searchParams: asked } = url
    this.#challenge = asked.get('code_challenge') ?? ''
    this.#scope = asked.get('scope') ?? ''
    const target = new URL(asked.get('redirect_uri') ?? '')
    target.searchParams.set('code', 'code-1')
    target.searchParams.set('state', asked.get('state') ?? '')
    target.searchParams.set('iss', url.origin)
    response.writeHead(302, { location: target.href }).end()
  }

  #token(form: URLSearchParams, response: ServerResponse): void {
    const isRefresh = form.get('grant_type') === 'refresh_token'
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isGood = isRefresh
      ? this.behaviour.renews && form.get('refresh_token') === `refresh-${this.#tokens}`
      : digest === this.#challenge && form.get('code') === 'code-1'
    if (!isGood) return sendJson(response, { error: 'invalid_grant' }, 400)
    this.#tokens++
    const token = `access-${this.#tokens}`
    this.given.push(token)
    this.valid.set(token, this.#scope)
    sendJson(response, {
      access_token: token,
      token_type: 'Bearer',
      refresh_token: `refresh-${this.#tokens}`,
      scope: this.#scope,
      ...(this.behaviour.expiresIn === null ? {} : { expires_in: this.behaviour.expiresIn }),
    })
  }
}

/** A sessionful server with one tool; what it does not know it answers with nothing. */
function answerTo(method: string): object {
  switch (method) {
    case 'server/discover':
      return { error: { code: -32_601, message: 'no such method' } }
    case 'initialize': {
      const serverInfo = { name: 'tickets', version: '1' }
      return { result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } }
    }
    case 'tools/list':
      return { result: { tools: [{ name: 'count', inputSchema: { type: 'object' } }] } }
    case 'tools/call':
      return { result: { content: [{ type: 'text', text: '7 tickets' }] } }
    default:
      return { result: {} }
  }
}

function metadataOf(origin: string): object {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  }
}

function parse(text: string): { readonly id?: number; readonly method?: string } {
  return JSON.parse(text) as { readonly id?: number; readonly method?: string }
}
