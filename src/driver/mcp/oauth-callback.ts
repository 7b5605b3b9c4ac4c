/**
 * The other end of a login: the page on this machine to which the browser comes back with the authorization code.
 * Anybody who runs here, and any web page, can call it too; only a visit with the state of this very login counts.
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** What an authorization server sends back. */
export interface AuthorizationResponse {
  readonly code: string
  /** Who says so (RFC 9207), or null. */
  readonly issuer: string | null
}

/** A page that waits. The owner must `close` it. */
export interface Callback {
  readonly url: string
  /** The first visit with `state`, or the error that it brought, in words. */
  visited(state: string): Promise<Result<AuthorizationResponse, string>>
  close(): void
}

const path = '/callback'
const maxParameterLength = 8192

/** Opens the page on 127.0.0.1, on any port or on `port`. Rejects when that is taken. */
export async function openCallback(port: number = 0): Promise<Callback> {
  const { promise, resolve } = Promise.withResolvers<Result<AuthorizationResponse, string>>()
  let expected: string | null = null
  let host = ''
  const server = createServer({ maxHeaderSize: 32_768, requestTimeout: 10_000 }, (request, response) => {
    const query = request.headers.host === host ? queryOf(request) : null
    const visit = query === null || expected === null ? null : readVisit(query, expected)
    answer(response, visit)
    if (visit !== null) resolve(visit)
  })
  await listen(server, port)
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${host}${path}`,
    visited(state) {
      expected = state
      return promise
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', () => resolve())
  return promise
}

function queryOf(request: IncomingMessage): URLSearchParams | null {
  const url = URL.parse(request.url ?? '', 'http://127.0.0.1')
  return request.method === 'GET' && url?.pathname === path ? url.searchParams : null
}

/** The response in a visit, or null for one that does not belong to this login. */
export function readVisit(
  query: URLSearchParams,
  state: string,
): Result<AuthorizationResponse, string> | null {
  if (!isSame(query.get('state') ?? '', state)) return null
  const failure = query.get('error')
  if (failure !== null) return err(`the authorization server says ${visible(failure)}`)
  const code = query.get('code')
  if (code === null || code === '' || code.length > maxParameterLength)
    return err('the browser came back without a code')
  return ok({ code, issuer: query.get('iss') })
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}

function visible(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]+/gu, ' ').slice(0, 100)
}

function answer(response: ServerResponse, visit: Result<AuthorizationResponse, string> | null): void {
  const words =
    visit === null
      ? 'This page belongs to a login that is not under way.'
      : visit.ok
        ? 'Done. You can close this page and go back to the terminal.'
        : 'The login failed. The terminal says why.'
  response.writeHead(visit === null ? 400 : 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(`<!doctype html><title>Custos</title><p>${words}</p>`)
}
