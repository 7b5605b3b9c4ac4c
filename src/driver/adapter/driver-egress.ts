/**
 * A driver's way to the network, for programs whose manifest asks for one. The kernel is told the digest of a token
 * that this adapter makes; whoever shows the token acts as the driver's own process, so that what the program asks
 * of the network is judged by what the driver holds.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toBase64url } from '../../base/base64url.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { EgressSocket } from '../egress-client.ts'
import { authorityFor, openEgressSocket } from '../egress-client.ts'

/** The way, which leads nowhere until it is opened. */
export interface DriverEgress {
  /** Where the program finds it; in a folder of its own, made by now. */
  readonly socket: string
  /** SHA-256 in hex of the token. */
  readonly tokenDigest: string
  /** What the program is to trust, as PEM; empty when the net service does not answer soon. */
  authority(): Promise<string>
  /** Has it served, and tries for as long as it is not: the net service may come later. Says on failure why. */
  open(): void
  close(): void
}

/** The service is waited for with the adapter's life; this long between two remarks that it is not there. */
const startMs = 30_000
/** A program is not kept waiting for long for a service that may not be there at all. */
const authorityMs = 3_000

/** Prepares it in a domain's folder of sockets. `say` hears of trouble. */
export function driverEgress(run: string, say: (line: string) => void): DriverEgress {
  const token = `custos_${toBase64url(randomBytes(32))}`
  const control = join(run, 'net.sock')
  const socket = join(run, `d-${randomBytes(4).toString('hex')}`, 's')
  // The folder is what the program is shown, and the program may be there before the service is.
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
  let served: EgressSocket | null = null
  let isClosed = false
  const isWanted = (): boolean => !isClosed && served === null
  const keep = async (): Promise<void> => {
    while (isWanted()) {
      const opened = await openEgressSocket({ control, socket, token, startMs, standing: true })
      if (opened.ok && isClosed) opened.value.close()
      else if (opened.ok) served = opened.value
      else say(`no way to the network: ${opened.error}`)
    }
  }
  return {
    socket,
    tokenDigest: sha256Hex(token),
    async authority() {
      const told = await authorityFor({ control, token, startMs: authorityMs })
      if (told === null) say('the net service does not answer; nothing of TLS can be opened for this program')
      return told ?? ''
    },
    open: () => void keep(),
    close() {
      isClosed = true
      served?.close()
      rmSync(dirname(socket), { recursive: true, force: true })
    },
  }
}
