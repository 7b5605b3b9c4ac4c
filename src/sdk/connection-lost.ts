/**
 * The one thing the SDK throws at an agent: there is no connection any more. A refusal is never thrown,
 * because it is an answer; this is the absence of one.
 */

/** The connection to the kernel ended, or could not be made. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /**
   * True when the request had left before the connection ended: it may have been carried out, and repeating
   * it may do it twice. False when it provably was not.
   */
  readonly mayHaveHappened: boolean

  constructor(message: string, mayHaveHappened: boolean) {
    super(message)
    this.mayHaveHappened = mayHaveHappened
  }
}
