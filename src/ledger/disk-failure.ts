/** Turns what the operating system says about a failed operation into the three cases the ledger knows. */
import type { DiskFailure } from './port.ts'

const codes: { readonly [errno: string]: DiskFailure['code'] } = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EROFS: 'read-only',
}

const advice: { readonly [C in DiskFailure['code']]: string } = {
  'no-space': 'make room on that disk, then: custos up',
  'read-only': 'mount that disk for writing again, then: custos up',
  io: 'look at the disk, for example with dmesg; what was acknowledged is still there: copy it, then: custos up',
}

/** What the operator can do about a failure; nothing has to be done to the ledger's files. */
export function adviceOn({ code }: DiskFailure): string {
  return advice[code]
}

/** The failure behind `error`, which came from an operation on `what`. */
export function diskFailureOf(error: unknown, what: string): DiskFailure {
  const { code, message } = error as NodeJS.ErrnoException
  return { code: codes[code ?? ''] ?? 'io', message: `${what}: ${message}` }
}
