/**
 * The payloads of a batch that are about one subject. They are encrypted together, each at its own place in one key
 * stream, and go from there straight into their records: there are very many of them, and a view of each costs more
 * than encrypting it.
 */
import { found } from '../base/fault.ts'
import type { SealedText } from './port.ts'
import { sealedHeadBytes, sealingLabel, setBlock, streamBlockBytes, writeSealedHead } from './sealed-head.ts'
import type { SubjectSecrets } from './subject-secrets.ts'

const streamStart = new Uint8Array(streamBlockBytes)

/** One of them at its place. */
class PlacedText implements SealedText {
  readonly form = 'sealed'
  readonly length: number
  readonly #lot: SealingLot
  readonly #block: number

  constructor(lot: SealingLot, block: number, textBytes: number) {
    this.length = sealedHeadBytes + textBytes
    this.#lot = lot
    this.#block = block
  }

  write(target: Buffer, at: number): void {
    this.#lot.write(this.#block, this.length, target, at)
  }
}

/** Takes texts first, is sealed then, and is written last. */
export class SealingLot {
  readonly subject: number
  /** Of all of them, but for the place. */
  readonly #head = Buffer.alloc(sealedHeadBytes)
  readonly #texts: Uint8Array[] = []
  #blocks = 0
  #stream: Buffer | null = null

  constructor(subject: number, salt: Uint8Array) {
    this.subject = subject
    writeSealedHead({ subject, block: 0 }, salt, this.#head, 0)
  }

  /** What its texts take while they are encrypted. */
  get bytes(): number {
    return this.#blocks * streamBlockBytes
  }

  /** One more text, which must stay as it is until the lot is sealed. */
  take(text: Uint8Array): SealedText {
    const placed = new PlacedText(this, this.#blocks, text.length)
    this.#texts.push(text)
    this.#blocks += Math.ceil(text.length / streamBlockBytes)
    return placed
  }

  /** Encrypts what was taken, out of `staging`, which has room for `bytes`. */
  seal(secrets: SubjectSecrets, staging: Uint8Array): void {
    let at = 0
    for (const text of this.#texts) {
      staging.set(text, at)
      at += Math.ceil(text.length / streamBlockBytes) * streamBlockBytes
    }
    this.#stream = secrets.stream(sealingLabel(this.#head), streamStart, staging.subarray(0, at))
  }

  /** Writes what begins at `block` and takes `length` bytes with its head. */
  write(block: number, length: number, target: Buffer, at: number): void {
    const stream = found(this.#stream, 'a lot is sealed before it is written')
    this.#head.copy(target, at)
    setBlock(target, block, at)
    const from = block * streamBlockBytes
    stream.copy(target, at + sealedHeadBytes, from, from + length - sealedHeadBytes)
  }
}
