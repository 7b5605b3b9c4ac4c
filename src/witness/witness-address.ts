/**
 * Where a witness listens and is asked: `HOST:PORT`, `http(s)://…` or `unix:PATH`. HTTP in the clear is right here:
 * what is sent is signed, and holds nothing but sizes and hashes.
 */
import { isAbsolute } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

/** Where to listen. */
export type WitnessAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** Reads what follows `--listen`. Port 0 takes a free one. */
export function listenAddress(text: string): Result<WitnessAddress, string> {
  if (text.startsWith('unix:')) return unixPath(text)
  const match = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):([0-9]{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2] ?? ''
  if (match === null || port > 65_535)
    return err('listen on ADDRESS:PORT, such as 127.0.0.1:7420, or on unix:/PATH')
  return ok({ kind: 'tcp', host, port })
}

/** Reads the address of a witness to be asked; returns it as it is kept, without a slash at the end. */
export function witnessUrl(text: string): Result<string, string> {
  if (text.startsWith('unix:')) {
    const path = unixPath(text)
    return path.ok ? ok(text) : path
  }
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain =
    url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return err('a witness is at http://HOST:PORT, https://HOST or unix:/PATH')
  return ok(url.href.replace(/\/+$/, ''))
}

function unixPath(text: string): Result<WitnessAddress & { readonly kind: 'unix' }, string> {
  const path = text.slice('unix:'.length)
  if (!isAbsolute(path) || Buffer.byteLength(path) > 103)
    return err('unix: needs an absolute path of at most 103 bytes')
  return ok({ kind: 'unix', path })
}
