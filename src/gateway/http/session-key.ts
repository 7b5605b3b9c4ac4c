/** The key that session ids are sealed under: a private file, so that sessions outlive the process. */
import { randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const keyBytes = 32

/**
 * The key in the folder `run`; made when there is none. One that is not a private file of ours is not trusted but
 * replaced, which ends the sessions of before.
 */
export function sessionKey(run: string): Uint8Array {
  const path = join(run, 'gateway.key')
  const status = lstatSync(path, { throwIfNoEntry: false })
  const isOurs =
    status !== undefined &&
    status.isFile() &&
    status.uid === process.getuid?.() &&
    (status.mode & 0o077) === 0 &&
    status.size === keyBytes
  if (isOurs) return readFileSync(path)
  const key = randomBytes(keyBytes)
  const fresh = `${path}.${process.pid}`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, key, { mode: 0o600, flag: 'wx' })
  renameSync(fresh, path)
  return key
}
