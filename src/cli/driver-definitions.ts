/**
 * The definitions that an operator accepted, kept as text: the manifest pins only their digests, and a digest
 * cannot be compared by a person. What is kept is believed only where it has the pinned digest, so the file may
 * be lost or tampered with: then the difference can be told, but not shown.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Definition } from '../driver/definition.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'

const limits = { maxBytes: 8_388_608, maxDepth: 48, maxValues: 1_048_576 }

/** Replaces the kept definitions, atomically and durably; the file is private. */
export function keepDefinitions(file: string, definitions: readonly Definition[]): void {
  const items: JsonObject[] = definitions.map(({ selector, definition }) => ({ selector, definition }))
  const draft = `${file}.new`
  const descriptor = openSync(draft, 'w', 0o600)
  try {
    writeSync(descriptor, canonicalJson(items))
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, file)
}

/** The kept definitions that have their pinned digest. Damage and absence look alike: nothing is there. */
export function acceptedDefinitions(file: string, pinned: readonly PinnedSelector[]): readonly Definition[] {
  const digests = new Map(pinned.map(({ selector, digest }) => [selector, digest]))
  return keptDefinitions(file).filter(
    ({ selector, definition }) => digests.get(selector) === sha256Hex(canonicalJson(definition)),
  )
}

function keptDefinitions(file: string): readonly Definition[] {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch {
    return []
  }
  const parsed = parseStrictJson(bytes, limits)
  if (!parsed.ok || !Array.isArray(parsed.value)) return []
  return parsed.value.flatMap((item) => {
    if (!isJsonObject(item)) return []
    const { selector, definition } = item as { readonly selector?: unknown; readonly definition?: unknown }
    return typeof selector === 'string' && isJsonObject((definition ?? null) as JsonObject)
      ? [{ selector, definition: definition as JsonObject }]
      : []
  })
}
