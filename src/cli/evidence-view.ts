/** What commands need of a domain's evidence: its log's key and where everything lies. */
import { sha256 } from '../base/hash.ts'
import { fromBase64url } from '../base/base64url.ts'
import type { EvidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import { evidenceFolder } from '../ledger/evidence/evidence-folder.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { formatKey, parseKey } from '../ledger/evidence/note.ts'
import { logKeyOf } from '../ledger/evidence/tree-head.ts'
import { visible } from './escape.ts'
import { damagedFailure, usageFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import type { LedgerFolder } from './ledger-folder.ts'

/** The evidence of one domain. */
export interface EvidenceView {
  readonly place: EvidenceFolder
  readonly key: NoteKey
  /** The key as one word, for witnesses and verifiers. */
  readonly word: string
}

/** The evidence of the domain that is meant, under the key that its first event names. */
export function evidenceOf(paths: HomePaths, folder: LedgerFolder): EvidenceView {
  const key = logKeyIn(folder)
  if (key === null)
    throw damagedFailure('the first event does not name the ledger key', 'run: custos ledger verify')
  return { place: evidenceFolder(paths.domain), key, word: formatKey(sha256, key) }
}

/** The log that a ledger is, by its first event; null when that cannot be read. */
export function logKeyIn({ reader }: Pick<LedgerFolder, 'reader'>): NoteKey | null {
  const first = reader.at(1)
  const event = first.ok ? first.value?.event : undefined
  return event?.kind === 'domain.created' ? logKey(event.body.name, event.body.ledgerKey) : null
}

/** The log of that domain and ledger key (base64url), or null when that is no key. */
export function logKey(domain: string, ledgerKey: string): NoteKey | null {
  const bytes = fromBase64url(ledgerKey)
  return bytes?.length === 32 ? logKeyOf(sha256, domain, bytes) : null
}

/** A key as typed after `--key` or `--witness`: of a log or of a witness. */
export function typedKey(word: string, type: NoteKey['type']): NoteKey {
  const key = parseKey(sha256, word)
  if (!key.ok) throw usageFailure(`${visible(word)}: ${key.error}`)
  if (key.value.type === type) return key.value
  const [is, wanted] = type === 1 ? ['a witness', 'a ledger'] : ['a ledger', 'a witness']
  throw usageFailure(`this is the key of ${is}, not of ${wanted}: ${visible(word)}`)
}
