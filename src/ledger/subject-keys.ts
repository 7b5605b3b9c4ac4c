/**
 * Where the keys of payloads come from. A payload is about a subject; destroying that subject's key erases
 * every payload about it, wherever copies of the sealed bytes are, and nothing else.
 */

/** The subject of whatever concerns nobody in particular: its key is the domain's. */
export const domainSubject = 0

/** The keys of subjects other than the domain, which are numbered from 1. */
export interface SubjectKeys {
  /**
   * The subject's 32 bytes, durable already, or null when they were destroyed or never were. Asked again only
   * after the vault was told to forget the subject.
   */
  keyOf(subject: number): Uint8Array | null
}
