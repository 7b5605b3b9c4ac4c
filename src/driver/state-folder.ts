/**
 * Where the things of one domain are that are no ledger: its vault, its runs, what its drivers keep. For `main` it is
 * the home itself, as in a home with one domain; for any other the domain's own folder, so that no two of them share
 * a secret, a driver's data or a run.
 */
import { join } from 'node:path'
import { mainDomain } from '../wire/socket-folder.ts'

/** The folder of a domain's things. It need not exist. */
export function stateFolder(home: string, domain: string): string {
  return domain === mainDomain ? home : join(home, 'domains', domain)
}
