/**
 * What an adapter tells on the way: progress and log messages of a call, changes of resources. It comes from a
 * program that may lie or flood, and goes to whoever made that very call, so it is read into a fixed shape,
 * bounded, and anything else is dropped.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isLogLevel } from './call-request.ts'

/** A notice in its fixed shape. */
export interface DriverNotice {
  readonly header: JsonObject
  readonly body: Uint8Array
}

const maxTextLength = 1024
const maxBodyLength = 65_536
/** Longest address of a resource that is passed on, in bytes of JSON: it must fit beside our words into a header. */
export const maxUriBytes = 12_288

/** Reads a notice about a call, or null when it is none. */
export function readDriverNotice(header: JsonObject, body: Uint8Array): DriverNotice | null {
  const { event, progress, total, message, level, logger } = header as {
    readonly [name: string]: Json | undefined
  }
  if (event === 'progress' && typeof progress === 'number') {
    const parts = { ...(typeof total === 'number' ? { total } : {}), ...textOf('message', message) }
    return { header: { event, progress, ...parts }, body: nothing }
  }
  if (event === 'lull') return { header: { event }, body: nothing }
  if (event !== 'log' || !isLogLevel(level) || body.length > maxBodyLength) return null
  return { header: { event, level, ...textOf('logger', logger) }, body }
}

/** Reads a notice that something about the driver's resources changed: the address, or null for their list. */
export function readResourceNotice(header: JsonObject): { readonly uri: string | null } | null {
  const { event, uri } = header as { readonly [name: string]: Json | undefined }
  if (event === 'resources-changed') return { uri: null }
  if (event !== 'resource-updated' || typeof uri !== 'string' || !uri.isWellFormed()) return null
  return Buffer.byteLength(JSON.stringify(uri)) <= maxUriBytes ? { uri } : null
}

const nothing = new Uint8Array(0)

function textOf(name: string, value: Json | undefined): JsonObject {
  if (typeof value !== 'string') return {}
  return { [name]: value.slice(0, maxTextLength).toWellFormed() }
}
