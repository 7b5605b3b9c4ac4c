/**
 * The revisions of MCP that are spoken, and the two eras they fall into. Up to 2025-11-25 a connection is
 * opened by a handshake and has a session; from 2026-07-28 every request stands alone and says in its
 * metadata what it speaks. Everything that differs between two revisions of one era is looked up here.
 */

/** `legacy` has sessions and requests in both directions; `modern` has neither. */
export type Era = 'legacy' | 'modern'

/** The stateless revision. */
export const modernRevision = '2026-07-28'

/** Sessionful revisions served to clients, newest first. */
export const legacyRevisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26']

/** Sessionful revisions accepted from servers: one more, because a server cannot be asked to be newer. */
export const legacyServerRevisions: readonly string[] = [...legacyRevisions, '2024-11-05']

/** Every revision served to clients, newest first. */
export const servedRevisions: readonly string[] = [modernRevision, ...legacyRevisions]

/** The era of a revision, or null for one that is not spoken. */
export function eraOf(revision: string): Era | null {
  if (revision === modernRevision) return 'modern'
  return legacyServerRevisions.includes(revision) ? 'legacy' : null
}
