/**
 * Reads the state of one thing in a held folder. Contents are read through the descriptor that was checked to
 * be a regular file, in pieces, so that neither a swapped name nor a huge file surprises anybody.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { closeSync, readlinkSync, readSync } from 'node:fs'
import { sha256Hex } from '../../base/hash.ts'
import type { ThingState } from './change.ts'
import { changeLimits } from './change.ts'
import { at, openFileAt } from './held-folder.ts'

const piece = Buffer.allocUnsafeSlow(1_048_576)
/** A text file holds no NUL byte; a binary one nearly always does, early. */
const probedBytes = 8192

/**
 * The state of `name`, which `stats` was taken of. Throws what the system says, ENOENT when it went away, and
 * EIO's like when it cannot be read.
 */
export function readState(folder: number, name: string, stats: Stats): ThingState {
  const mode = stats.mode & 0o777
  const bare = { mode, bytes: 0, digest: '', target: '', text: false }
  if (stats.isDirectory()) return { ...bare, kind: 'folder' }
  if (stats.isSymbolicLink()) return { ...bare, kind: 'link', mode: 0, target: readTarget(folder, name) }
  if (!stats.isFile()) return { ...bare, kind: 'special' }
  const opened = openFileAt(folder, name)
  if (opened === null) throw new Error(`${name} became something else`)
  try {
    return { ...bare, kind: 'file', mode: opened.stats.mode & 0o777, ...digestOf(opened.file) }
  } finally {
    closeSync(opened.file)
  }
}

/** Where the link `name` leads, as text. Throws when its bytes are not UTF-8, for they could not be kept. */
function readTarget(folder: number, name: string): string {
  const bytes = readlinkSync(at(folder, name), { encoding: 'buffer' })
  if (!isUtf8(bytes)) throw new Error('its target cannot be read as text')
  return bytes.toString('utf8')
}

/** Length, digest and kind of contents of an open file, from its first byte. */
export function digestOf(file: number): Pick<ThingState, 'bytes' | 'digest' | 'text'> {
  const first = readSync(file, piece, 0, piece.length, 0)
  const start = piece.subarray(0, first)
  const text = first < piece.length && isText(start)
  if (first < piece.length) return { bytes: first, digest: sha256Hex(start), text }
  const hash = createHash('sha256').update(start)
  let bytes = first
  for (;;) {
    const read = readSync(file, piece, 0, piece.length, bytes)
    if (read === 0) return { bytes, digest: hash.digest('hex'), text: false }
    hash.update(piece.subarray(0, read))
    bytes += read
  }
}

function isText(bytes: Buffer): boolean {
  return (
    bytes.length <= changeLimits.textBytes &&
    !bytes.subarray(0, probedBytes).includes(0) &&
    isUtf8(bytes) &&
    !bytes.includes(0)
  )
}

/** The text of the file `name` with this state, or null when it is none or is not that file any more. */
export function readText(folder: number, name: string, state: ThingState | null): string | null {
  if (state === null || state.kind !== 'file' || !state.text) return null
  const opened = openFileAt(folder, name)
  if (opened === null) return null
  try {
    const bytes = Buffer.allocUnsafe(state.bytes)
    const read = readSync(opened.file, bytes, 0, state.bytes, 0)
    return read === state.bytes && sha256Hex(bytes) === state.digest ? bytes.toString('utf8') : null
  } finally {
    closeSync(opened.file)
  }
}
