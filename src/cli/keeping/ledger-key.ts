/** The key that event 1 of a ledger names, from that event or, where it is archived, from the list of what is. */
import { LedgerReader } from '../../ledger/reader.ts'
import { archiveOf, ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'

/** Base64url; null where the ledger is empty or its first event cannot be read. */
export function namedLedgerKey(domainFolder: string): string | null {
  const archive = archiveOf(domainFolder)
  if (archive !== null) return archive.ledgerKey
  const first = new LedgerReader(ledgerDisk(domainFolder)).at(1)
  const event = first.ok ? first.value?.event : undefined
  return event?.kind === 'domain.created' ? event.body.ledgerKey : null
}
