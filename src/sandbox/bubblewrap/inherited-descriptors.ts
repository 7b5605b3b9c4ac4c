/**
 * Descriptors that this process got from whoever started it and that would be passed on unseen. Node opens
 * everything so that it ends at the next program, and marks what it finds in the first places at its start; what
 * lies further up it misses.
 */
import { readFileSync, readdirSync } from 'node:fs'

const endsAtExec = 0o2000000

let found: readonly number[] | null = null

/** Descriptors above 2 that a child would inherit. Looked for once: nothing of ours adds to them. */
export function inheritedDescriptors(): readonly number[] {
  found ??= readdirSync('/proc/self/fdinfo').map(Number).filter(isInherited)
  return found
}

function isInherited(descriptor: number): boolean {
  if (descriptor <= 2) return false
  try {
    const flags = /^flags:\s*(?<octal>[0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))
    return (Number.parseInt(flags?.groups?.['octal'] ?? '0', 8) & endsAtExec) === 0
  } catch {
    // The descriptor that the list itself was read through.
    return false
  }
}
