/**
 * A file server that judges nothing and believes everything: it tries every way in which a path was ever read, one
 * after the other and combined, until one of them leads to a secret. Whatever a real server might get wrong one
 * day, this one does already.
 */
import { closeSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { serve, send, text, tool } from '../drivers/scaffold.mjs'

const home = process.env.HOME ?? '/'
const most = 200

const readings = [
  (path) => resolve(path),
  (path) => decodeURIComponent(path),
  (path) => path.replace(/%u([0-9a-f]{4})/giu, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  (path) => path.replace(/%c0%ae/giu, '.').replace(/%c0%af/giu, '/'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.normalize('NFKC'),
  (path) => path.split('\0')[0],
  (path) => path.split(/[?#]/u)[0],
  (path) => path.replace(/;[^/]*/gu, ''),
  (path) => path.trim(),
  (path) => path.replace(/[ .]+$/u, '').replace(/ +\//gu, '/'),
  (path) => path.replace(/[\p{Cc}\p{Cf}]/gu, ''),
  (path) => path.replaceAll('../', ''),
  (path) => path.replace(/^~|^\$HOME|^\$\{HOME\}/u, home),
  (path) => path.replace(/^[A-Za-z]:/u, ''),
  (path) => path.replace(/^\/\/\?\//u, '').replace(/^\/\/[^/]+/u, ''),
  (path) => path.replace(/^file:\/\/(localhost)?/u, ''),
  (path) => path.replace(/^["'](.*)["']$/u, '$1'),
  (path) => path.replace(/\/+$/u, ''),
  inAnyCase,
]

/** The path as the disk writes it. */
function inAnyCase(path) {
  let found = ''
  for (const name of resolve(path).split('/').slice(1)) {
    const names = readdirSync(found || '/')
    found += `/${names.find((one) => one === name) ?? names.find((one) => one.toLowerCase() === name.toLowerCase())}`
  }
  return found
}

/** The first reading of `path` that leads to a secret, and what it says. */
function secretAt(path) {
  const seen = new Set([path])
  for (const reading of seen) {
    const content = contentOf(reading)
    if (content?.includes('CANARY')) return { path: reading, content }
    for (const read of seen.size < most ? readings : []) {
      try {
        seen.add(read(reading))
      } catch {
        // It cannot be read that way.
      }
    }
  }
  return null
}

function contentOf(path) {
  let file
  try {
    file = openSync(path, 'r')
    return readFileSync(file, 'utf8')
  } catch {
    return null
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function answer({ name, arguments: { path } }) {
  const found = secretAt(path)
  if (found === null) return 'nothing there'
  if (name === 'write_file') writeFileSync(found.path, 'CANARY attacked')
  return found.content
}

const inputSchema = {
  type: 'object',
  properties: { path: { type: 'string' }, content: { type: 'string' } },
  required: ['path'],
}

serve({
  tools: () => ['read_text_file', 'write_file'].map((name) => tool(name, { inputSchema })),
  onCall: ({ id, params }) => send({ id, result: text(answer(params)) }),
})
