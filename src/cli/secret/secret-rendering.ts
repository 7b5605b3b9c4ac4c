/** What is said of a secret, in words and safe to print. The value is not here to be said. */
import { sha256Hex } from '../../base/hash.ts'
import type { Attach, SecretHead } from '../../driver/vault/secret.ts'
import { visible } from '../escape.ts'

/** How a secret is put on a request. */
export function showAttach(attach: Attach): string {
  switch (attach.kind) {
    case 'header':
      return `header ${visible(attach.name)}: ${visible(attach.template)}`
    case 'query':
      return `query ${visible(attach.name)}={}`
    case 'basic':
      return `basic authentication of ${attach.user === '' ? '(no user)' : visible(attach.user)}`
  }
}

/** What an operator signs of it, one fact a line. */
export function showHead({
  name,
  hosts,
  attach,
  plainHttp,
  authorities,
  digest,
}: SecretHead): readonly string[] {
  return [
    `(secret/${visible(name)} may be sent to ${hosts.map(visible).join(', ')}, ${plainHttp ? 'also without TLS' : 'over https only'};`,
    ` as ${showAttach(attach)}; value digest ${digest.slice(0, 16)})`,
    ...(authorities === ''
      ? []
      : [` (its hosts are also believed by authorities with digest ${sha256Hex(authorities).slice(0, 16)})`]),
  ]
}
