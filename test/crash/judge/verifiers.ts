/** Do both verifiers, the product's and the one that shares no code with it, accept the ledger as sealed? */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyFolder } from '../../../proof/verify-ledger.mjs'
import { folderBlobs } from '../../../src/ledger/blobs.ts'
import { readableFolder } from '../../../src/ledger/node-disk.ts'
import { verifyLedger } from '../../../src/ledger/verify.ts'

/** What they find wrong with the ledger of a home at rest. */
export function verifiersFind(home: string): readonly string[] {
  const domain = join(home, 'domains', 'main')
  const ledger = join(domain, 'ledger')
  const blobs = folderBlobs(join(domain, 'blobs'))
  const own = verifyLedger(readableFolder(ledger), { blobs })
  const files = new Map(readdirSync(ledger).map((name) => [name, readFileSync(join(ledger, name))]))
  const other = verifyFolder(files, { blob: (digest) => blobs.get(digest) })
  const violations = [...own.problems, ...other.problems].map(
    ({ file, offset, message }) => `${file} at ${offset}: ${message}`,
  )
  if (!own.sealed) violations.push('verify finds the ledger not sealed')
  if (!other.valid || !other.sealed) violations.push('the independent verifier finds the ledger not sealed')
  if (own.events !== other.events || own.head.hash !== other.head)
    violations.push('the verifiers disagree about the head')
  return violations
}
