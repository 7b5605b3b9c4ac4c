/**
 * The file that holds a domain's master key: 32 raw bytes, readable by its owner alone. It lives outside the
 * ledger's folder and never in a backup of it.
 */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Entropy } from '../base/ports.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { secretBytes } from './subject-secrets.ts'
import { masterKeyBytes } from './vault.ts'

/** Why there is no master key. Closed. */
export interface MasterKeyProblem {
  readonly code: 'missing' | 'exists' | 'malformed' | 'exposed' | 'io'
  readonly message: string
}

/**
 * Makes a new key file, durable when this returns. Refuses to replace one. The name appears only once the key
 * is whole: a crash in between must not leave a file that no later start can use.
 */
export function createMasterKeyFile(path: string, entropy: Entropy): Result<Uint8Array, MasterKeyProblem> {
  const key = secretBytes(masterKeyBytes)
  const drawn = entropy.bytes(masterKeyBytes)
  key.set(drawn)
  drawn.fill(0)
  const draft = `${path}.tmp`
  try {
    rmSync(draft, { force: true })
    const file = openSync(draft, 'wx', 0o600)
    writeSync(file, key)
    fsyncSync(file)
    closeSync(file)
    linkSync(draft, path)
    rmSync(draft)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
    return ok(key)
  } catch (error) {
    return err(problemOf(error, path))
  }
}

/** Reads the key. Refuses a file that others may read, or that is not exactly one key. */
export function readMasterKeyFile(path: string): Result<Uint8Array, MasterKeyProblem> {
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      return err({ code: 'exposed', message: `others can read ${path}: run chmod 600 on it` })
    }
    const key = new Uint8Array(readFileSync(path))
    if (key.length === masterKeyBytes) return ok(key)
    return err({ code: 'malformed', message: `${path} is not a master key of ${masterKeyBytes} bytes` })
  } catch (error) {
    return err(problemOf(error, path))
  }
}

function problemOf(error: unknown, path: string): MasterKeyProblem {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return { code: 'missing', message: `there is no master key at ${path}` }
  if (code === 'EEXIST') return { code: 'exists', message: `there is a master key at ${path} already` }
  return { code: 'io', message: `${path}: ${(error as Error).message}` }
}
