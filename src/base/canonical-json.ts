/**
 * RFC 8785: the one text of a JSON value. Everything that is signed or digested as JSON goes through here,
 * so that equal values have equal bytes. Only our own code calls it, with values that are already known to
 * be I-JSON; anything it cannot represent faithfully is therefore a Fault.
 */
import { Fault } from './fault.ts'
import type { Json, JsonObject } from './json.ts'

const maxDepth = 64

/**
 * Canonical text of `value`: names sorted by UTF-16 code units, numbers as ECMAScript writes them, no white
 * space. Faults on a non-finite number, a lone surrogate, an undefined member or more than 64 levels.
 */
export function canonicalJson(value: Json): string {
  return write(value, 0)
}

function write(value: Json, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      if (!Number.isFinite(value)) throw new Fault('canonical JSON of a number that is not finite')
      return String(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (depth === maxDepth) throw new Fault('canonical JSON of a value nested too deeply')
      return isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1)
    default:
      throw new Fault(`canonical JSON of ${typeof value}`)
  }
}

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value)
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new Fault('canonical JSON of a string with a lone surrogate')
  return JSON.stringify(value)
}

function writeArray(items: readonly Json[], depth: number): string {
  let text = '['
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ','
    text += write(items[index] as Json, depth)
  }
  return text + ']'
}

function writeObject(members: JsonObject, depth: number): string {
  // The default order of sort() is by UTF-16 code units, which is what the RFC asks for.
  const names = Object.keys(members).sort()
  let text = '{'
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    if (index > 0) text += ','
    text += writeString(name) + ':' + write(members[name] as Json, depth)
  }
  return text + '}'
}
