/**
 * Strikes byte strings out of a reply as it streams by, so that a server that repeats a credential does not hand it
 * to the program that was never to see it. Every struck byte becomes a star, which keeps lengths as they were. What
 * may be the beginning of a match at the end of a chunk is kept back until the next one decides. A server that
 * splits, reverses or encrypts the credential is not found out: this guards against echoes, not against accomplices,
 * who have the credential anyway.
 */
import { disguisesOf } from './disguises.ts'
import { escapeAt, isEscape } from './spellings.ts'

/** Strikes one reply. */
export interface Striker {
  /** What may be passed on once `chunk` came; null means that nothing follows. */
  change(chunk: Buffer | null): Buffer
  /** A whole text, for example a header, with what is to be struck replaced. */
  text(value: string): string
  /** How often something was struck. */
  readonly strikes: number
}

const star = 0x2a

/** A striker of `secrets` and all their disguises, or null when there is nothing to strike. */
export function striker(secrets: readonly Uint8Array[]): Striker | null {
  const forms = secrets.flatMap(disguisesOf)
  if (forms.length === 0) return null
  const starts = new Uint8Array(256)
  for (const form of forms) starts[form[0] ?? 0] = 1
  const state = { strikes: 0 }
  const stream = scanner(forms, starts, state)
  return {
    change: stream,
    text(value) {
      const one = scanner(forms, starts, state)
      const bytes = Buffer.from(value, 'latin1')
      return Buffer.concat([one(bytes), one(null)]).toString('latin1')
    },
    get strikes() {
      return state.strikes
    },
  }
}

function scanner(
  forms: readonly Buffer[],
  starts: Uint8Array,
  state: { strikes: number },
): (chunk: Buffer | null) => Buffer {
  let kept: Buffer = Buffer.alloc(0)
  /** Bytes at the front of `kept` that belong to a match found already. */
  let covered = 0
  return (chunk) => {
    const text = chunk === null ? kept : Buffer.concat([kept, chunk])
    const out = Buffer.from(text)
    let at = 0
    for (; at < text.length; at += 1) {
      if (mayBegin(starts, text, at)) {
        const found = longestMatch(forms, text, at)
        if (found.isOpen && chunk !== null) break
        if (found.length > 0) {
          state.strikes += 1
          covered = Math.max(covered, at + found.length)
        }
      }
      if (at < covered) out[at] = star
    }
    kept = text.subarray(at)
    covered = Math.max(0, covered - at)
    return out.subarray(0, at)
  }
}

/** Quick no for most places: a match begins with the first byte of a form, or with an escape of it. */
function mayBegin(starts: Uint8Array, text: Buffer, at: number): boolean {
  const byte = text[at] ?? 0
  if (starts[byte] === 1) return true
  if (!isEscape(byte)) return false
  const escape = escapeAt(text, at)
  return escape.isOpen || starts[escape.value] === 1
}

/** The longest form that is spelt at `at`, and whether one may be that the text is too short to tell. */
function longestMatch(
  forms: readonly Buffer[],
  text: Buffer,
  at: number,
): { readonly length: number; readonly isOpen: boolean } {
  let length = 0
  let isOpen = false
  for (const form of forms) {
    const match = matchAt(form, text, at)
    length = Math.max(length, match.length)
    isOpen ||= match.isOpen
  }
  return { length, isOpen }
}

/** Where `form` ends when it begins at `at`; more than one end is possible while an escape may also be itself. */
function matchAt(
  form: Buffer,
  text: Buffer,
  at: number,
): { readonly length: number; readonly isOpen: boolean } {
  let ends: readonly number[] = [at]
  let isOpen = false
  for (const byte of form) {
    const next: number[] = []
    for (const end of ends) {
      if (end >= text.length) {
        isOpen = true
        continue
      }
      const here = text[end] ?? 0
      if (here === byte && !next.includes(end + 1)) next.push(end + 1)
      if (!isEscape(here)) continue
      const escape = escapeAt(text, end)
      isOpen ||= escape.isOpen
      if (escape.value === byte && !next.includes(end + escape.length)) next.push(end + escape.length)
    }
    if (next.length === 0) return { length: 0, isOpen }
    ends = next
  }
  return { length: Math.max(...ends) - at, isOpen }
}
