/** What a Peer stands on: a reliable byte stream. A socket, a pipe, or the simulator's wire. */

/** The sending half, and the end. None of these throws or calls back into the peer before returning. */
export interface Transport {
  /** Takes ownership of the bytes. False when they wait behind others; advice, not failure. */
  write(bytes: Uint8Array): boolean
  /** Ends the stream once what was written is out, or soon after if it never gets out. */
  close(): void
  /** Bytes written that have not left yet. */
  bufferedBytes(): number
}
