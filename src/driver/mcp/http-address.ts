/**
 * Which addresses a server may be reached at. An operator signs the URL; what is checked here is that it says
 * where and nothing else, and that a credential never travels in the clear over a network.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

const maxUrlLength = 2048

/** A checked URL: http or https, without credentials or fragment. The error is a sentence without its end. */
export function readServerUrl(text: string): Result<URL, string> {
  if (text.length > maxUrlLength) return err(`the URL is longer than ${maxUrlLength} characters`)
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return err('the URL is not an absolute http or https URL')
  if (url.username !== '' || url.password !== '')
    return err('the URL holds a user name or password; put the credential into a private file')
  if (url.hash !== '') return err('the URL has a fragment')
  return ok(url)
}

/** True where a credential may be sent: over TLS, or to this very machine. */
export function isPrivateWay(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url)
}

/** True for the names and addresses of this machine, as WHATWG URLs write them. */
export function isLoopback(url: URL): boolean {
  return (
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/u.test(url.hostname)
  )
}
