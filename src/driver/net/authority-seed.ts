/**
 * What the authorities of sandboxes are derived from, beside each sandbox's token. It is kept in `run/`, which no
 * sandbox sees, because the service is restarted whenever a secret changes, and a sandbox that was told whom to trust
 * must be able to go on trusting. Whoever reads it could speak as the hosts of a sandbox, to that sandbox alone.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../vault/replace-file.ts'
import { whyNotPrivate } from '../vault/vault-key.ts'

const seedBytes = 32

/** The seed of the domain with this folder of sockets; made anew when it is missing, damaged or was open to others. */
export function authoritySeed(run: string): Uint8Array {
  const file = join(run, 'net.seed')
  if (existsSync(file) && whyNotPrivate(file) === null) {
    const seed = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
    if (seed.length === seedBytes) return seed
  }
  const seed = randomBytes(seedBytes)
  replaceFile(file, `${seed.toString('hex')}\n`)
  return seed
}
