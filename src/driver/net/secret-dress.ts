/**
 * Puts a secret on a request, outside the sandbox. The program has no say in how: whatever it wrote in the place that
 * an operator signed is replaced by what the operator signed. The proxy strikes the value from the reply, and asks for
 * replies in which it can be found.
 */
import type { Dress, Header } from '../../sandbox/egress/gate.ts'
import type { Attach } from '../vault/secret.ts'
import type { OpenSecret } from '../vault/vault.ts'

/** How a request carries `secret`. */
export function secretDress({ head, value }: OpenSecret, authorities: readonly string[]): Dress {
  const text = Buffer.from(value).toString('latin1')
  const header = headerFor(head.attach, text)
  const strip = header === null ? [value] : [value, ...disguises(head.attach, header)]
  return {
    headers: (list) => dressed(list, header),
    path: (path) => (head.attach.kind === 'query' ? withParameter(path, head.attach.name, text) : path),
    strip,
    authorities: head.authorities === '' ? authorities : [...authorities, head.authorities],
  }
}

function dressed(list: readonly Header[], header: Header | null): readonly Header[] {
  if (header === null) return list
  return [...list.filter(([name]) => name.toLowerCase() !== header[0]), header]
}

function headerFor(attach: Attach, text: string): Header | null {
  switch (attach.kind) {
    case 'header':
      return [attach.name, attach.template.replace('{}', () => text)]
    case 'basic':
      return ['authorization', `Basic ${basic(attach.user, text)}`]
    case 'query':
      return null
  }
}

/** Spellings of the value that only its place on the request gives it. */
function disguises(attach: Attach, [, sent]: Header): readonly Uint8Array[] {
  return attach.kind === 'basic' ? [Buffer.from(sent.slice('Basic '.length), 'latin1')] : []
}

function basic(user: string, text: string): string {
  return Buffer.from(`${user}:${text}`, 'latin1').toString('base64')
}

/** The path with exactly one parameter of that name, at its end. */
function withParameter(path: string, name: string, text: string): string {
  const [before = '', ...rest] = path.split('?')
  const kept = rest
    .join('?')
    .split('&')
    .filter((pair) => pair !== '' && decoded(pair.split('=')[0] ?? '') !== name)
  return `${before}?${[...kept, `${name}=${encodeURIComponent(text)}`].join('&')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
