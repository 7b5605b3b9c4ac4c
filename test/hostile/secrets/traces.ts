/**
 * Looks for a byte string in every form that a program could have left it in: files, memory of processes, text. The
 * same search finds it where it is meant to be, so that "nothing found" means something.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { disguisesOf } from '../../../src/sandbox/egress/strip/disguises.ts'
import { filesUnder } from '../../harness/files-under.ts'

const chunkBytes = 4_194_304

/** The forms of `text` that are searched for: itself, other case, hexadecimal, base64, percent-encoding, UTF-16. */
export function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('')
  const wide = Buffer.from(text, 'utf16le')
  return [...disguisesOf(bytes), Buffer.from(percent), Buffer.from(percent.toUpperCase()), wide]
}

/** True when one of the forms is in `bytes`. */
export function isIn(bytes: Uint8Array, forms: readonly Buffer[]): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return forms.some((form) => buffer.includes(form))
}

/** The files under `folder` that hold one of the forms. */
export function filesWith(folder: string, forms: readonly Buffer[]): readonly string[] {
  return [...filesUnder(folder)].filter(({ content }) => isIn(content, forms)).map(({ path }) => path)
}

/** True when one of the forms is in the readable memory of a process. */
export function isInMemory(pid: number, forms: readonly Buffer[]): boolean {
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const longest = Math.max(...forms.map((form) => form.length))
  try {
    return maps.some((line) => {
      const match = /^([0-9a-f]+)-([0-9a-f]+) rw/u.exec(line)
      if (match?.[1] === undefined || match[2] === undefined) return false
      return isInRange(memory, Number(`0x${match[1]}`), Number(`0x${match[2]}`), forms, longest)
    })
  } finally {
    closeSync(memory)
  }
}

function isInRange(
  memory: number,
  start: number,
  end: number,
  forms: readonly Buffer[],
  longest: number,
): boolean {
  const chunk = Buffer.alloc(chunkBytes)
  for (let at = start; at < end; at += chunkBytes - longest) {
    let read = 0
    try {
      read = readSync(memory, chunk, 0, Math.min(chunkBytes, end - at), at)
    } catch {
      // Mappings come and go, and some are not memory.
      return false
    }
    if (isIn(chunk.subarray(0, read), forms)) return true
    if (read === 0) return false
  }
  return false
}
