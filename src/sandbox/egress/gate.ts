/**
 * The proxy's one way to a decision. The proxy reads what a program wants, asks here, and waits for as long as
 * it takes; what it was asked for happens only inside `perform`, which whoever implements this calls when the
 * kernel has dispatched the call and never before. So nothing leaves, no name is looked up and no connection is
 * made, on the proxy's own account.
 */

/** What a program wants of the network, as it is to be judged. */
export interface EgressRequest {
  /** `request` is one HTTP exchange that we read; `tunnel` is a CONNECT whose bytes we only carry. */
  readonly kind: 'request' | 'tunnel'
  readonly scheme: 'http' | 'https'
  /** Canonical: a lower-case ASCII name, or an address in its one spelling, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Empty for a tunnel, as are the two that follow. */
  readonly method: string
  /** With the query, exactly as it will be sent. */
  readonly path: string
  /** Length of the body; -1 when it is too long to be read before the decision. */
  readonly bodyBytes: number
  /** SHA-256 of the body in hex; empty when `bodyBytes` is -1. */
  readonly bodySha256: string
  /** As the program sent them, for looking only; they are not judged. */
  readonly headers: readonly Header[]
  /**
   * The address to be connected to, when it is one that must be granted by name (loopback, private, …) or was
   * pinned by a grant; else null and the argument is left out.
   */
  readonly address: string | null
}

/** One header as it was written: name and value. */
export type Header = readonly [name: string, value: string]

/** What the dispatched call adds outside the boundary. */
export interface Dress {
  /** The headers to send, given those that would be sent. */
  headers(list: readonly Header[]): readonly Header[]
  /** The path to send, given the one that was judged. */
  path(path: string): string
  /** Byte strings that must not reach the program: they are struck from the reply, in every usual encoding. */
  readonly strip: readonly Uint8Array[]
  /** PEM texts of further authorities for the certificate of this server; the system's are always trusted. */
  readonly authorities: readonly string[]
}

/** Nothing added. */
export const plain: Dress = {
  headers: (list) => list,
  path: (path) => path,
  strip: [],
  authorities: [],
}

/** What came of an exchange or a tunnel. It goes into the record, so nothing of the contents is in it. */
export interface EgressResult {
  /** Status of the reply; 200 for a tunnel that stood; 0 when there was none. */
  readonly status: number
  /** Bytes of the request's body, or through the tunnel, that were sent. */
  readonly requestBytes: number
  /** Bytes of the reply's body, or through the tunnel, that the program was given. */
  readonly responseBytes: number
  /** SHA-256 of these bytes in hex. */
  readonly responseSha256: string
  /** The address that was connected to, or that was refused; empty when there was none. */
  readonly address: string
}

/** How it ended. `in-doubt`: something of a request was sent and no reply came, so it may have had its effect. */
export interface EgressOutcome {
  readonly outcome: 'done' | 'failed' | 'in-doubt'
  /** Empty when it is done. */
  readonly reason: string
  readonly result: EgressResult
}

/**
 * Does what was asked and tells the program. Aborting `signal` destroys the connection. Settles when all is over;
 * never rejects.
 */
export type Perform = (signal: AbortSignal, dress: Dress) => Promise<EgressOutcome>

/** The answer to one request. */
export type EgressAnswer =
  /** `perform` was called and has answered the program. */
  | { readonly kind: 'performed' }
  /** The gate said no. */
  | {
      readonly kind: 'refused'
      readonly code: string
      readonly message: string
      readonly needed: string
      readonly seq: number | null
    }
  /** There is nobody to ask, or the call ended without being dispatched. Nothing happened. */
  | { readonly kind: 'unavailable'; readonly reason: string }

/** Whoever asks the kernel in the name of the one process whose egress this is. */
export interface EgressGate {
  /**
   * The addresses that a living capability of the process names with `eq` or `in` beside exactly this host, best
   * first: see `addressPins`. They work as entries of a table of names: the first is connected to, and no name
   * is looked up. Empty when there are none. A rejection is an answer of nobody.
   */
  pins(host: string): Promise<readonly string[]>
  /** Asks, and waits. `gone` aborts when the program no longer waits: withdraw the call. Never rejects. */
  ask(request: EgressRequest, perform: Perform, gone: AbortSignal): Promise<EgressAnswer>
}
