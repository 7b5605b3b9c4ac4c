/**
 * A file without a name: bubblewrap reads its arguments, its filter and small files from descriptors, and nothing
 * of them is to be seen in the list of processes or left on a disk.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `O_TMPFILE`, which Node has no name for; the same number on all processors we run on. */
const withoutName = 0o20200000

/** A descriptor that reads `content` from its beginning. The caller closes it. Throws what the file system says. */
export function dataFile(content: string | Uint8Array): number {
  const descriptor = unnamed()
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    for (let written = 0; written < bytes.byteLength;) {
      written += writeSync(descriptor, bytes, written, bytes.byteLength - written, written)
    }
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

function unnamed(): number {
  try {
    return openSync(tmpdir(), withoutName | constants.O_RDWR, 0o600)
  } catch {
    const path = join(tmpdir(), `custos-${randomBytes(16).toString('hex')}`)
    const descriptor = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return descriptor
  }
}
