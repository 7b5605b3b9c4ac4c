/**
 * What an OAuth client may learn of this resource (RFC 9728). No authorization server is named: tokens are given
 * by an operator, with `custos agent add`, and no other token is ever accepted or passed on.
 */

/** Where the metadata lie; the path of the resource may follow. */
export const metadataPath = '/.well-known/oauth-protected-resource'

/** The metadata of the resource at `path`, as JSON text. `base` is the address without a path. */
export function resourceMetadata(base: string, path: string): string {
  return JSON.stringify({
    resource: `${base}${path}`,
    resource_name: 'Custos',
    bearer_methods_supported: ['header'],
  })
}

/** The challenge to a request for `path` that brought no token, or a wrong one. */
export function challenge(base: string, path: string, isWrong: boolean): string {
  const error = isWrong ? 'error="invalid_token", ' : ''
  return `Bearer ${error}resource_metadata="${base}${metadataPath}${path}"`
}
