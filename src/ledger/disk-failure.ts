/** Turns what the operating system says about a failed operation into the three cases the ledger knows. */
import type { DiskFailure } from './port.ts'

const codes: { readonly [errno: string]: DiskFailure['code'] } = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EFBIG: 'no-space',
  EROFS: 'read-only',
}

/** The failure behind `error`, which came from an operation on `what`. */
export function diskFailureOf(error: unknown, what: string): DiskFailure {
  const { code, message } = error as NodeJS.ErrnoException
  return { code: codes[code ?? ''] ?? 'io', message: `${what}: ${message}` }
}
