/**
 * Renewing an access token. Everything needed was written down at the login: no discovery happens here, so that a
 * server which changed its mind, or its owner, cannot have the refresh token sent to a new place.
 */
import type { Result } from '../../base/result.ts'
import type { OAuthLogin } from './oauth-credential.ts'
import { err, ok } from '../../base/result.ts'
import { oauthFetch } from './oauth-fetch.ts'

/** A login with new tokens, or why there are none, in words that an operator can use. */
export async function refreshLogin(login: OAuthLogin): Promise<Result<OAuthLogin, string>> {
  if (login.refreshToken === null) return err('the authorization server gave no way to renew the token')
  // Loaded only when needed: most adapters never renew anything.
  const { refreshAuthorization } = await import('@modelcontextprotocol/client')
  try {
    const tokens = await refreshAuthorization(login.issuer, {
      metadata: {
        issuer: login.issuer,
        authorization_endpoint: login.tokenEndpoint,
        token_endpoint: login.tokenEndpoint,
        response_types_supported: ['code'],
        token_endpoint_auth_methods_supported: [...login.tokenAuthMethods],
      },
      clientInformation: {
        client_id: login.clientId,
        ...(login.clientSecret === null ? {} : { client_secret: login.clientSecret }),
        ...(login.clientAuthMethod === null ? {} : { token_endpoint_auth_method: login.clientAuthMethod }),
      },
      refreshToken: login.refreshToken,
      ...(login.resource === null ? {} : { resource: login.resource }),
      fetchFn: oauthFetch(new URL(login.serverUrl)),
    })
    return ok({
      ...login,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? login.refreshToken,
      scope: tokens.scope ?? login.scope,
      expiresAt: expiryOf(tokens.expires_in),
    })
  } catch (error) {
    return err(`the token could not be renewed: ${wordsOf(error)}`)
  }
}

/** When a token that was just given expires, in milliseconds since the epoch. */
export function expiryOf(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Date.now() + seconds * 1000
}

/** The message of an error that a server may have had a hand in: short, on one line, visible. */
export function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : 'unknown error'
  return message.replaceAll(/[^\x20-\x7e]+/gu, ' ').slice(0, 300)
}
