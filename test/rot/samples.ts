/** The three ledgers of the rot campaign. */
import type { Sample } from './sample.ts'
import { makeSample } from './sample.ts'

/**
 * A segment of 64 KiB whose end is signed, the same with batches that no checkpoint covers yet, and a ledger of
 * several segments whose end is signed.
 */
export async function rotSamples(): Promise<{
  readonly sealed: Sample
  readonly unsealed: Sample
  readonly segments: Sample
}> {
  return {
    sealed: await makeSample({ segmentBytes: 65_536, batches: 14, every: 7, payloadBytes: 4000 }),
    unsealed: await makeSample({ segmentBytes: 65_536, batches: 14, every: 5, payloadBytes: 4000 }),
    segments: await makeSample({ segmentBytes: 8192, batches: 30, every: 5, payloadBytes: 900 }),
  }
}

/** The first bit of the first segment that was written after the last checkpoint. */
export function firstBitAfter({ main, sealed }: Sample): number {
  const bytes = Buffer.from(main.get('00000001.seg') ?? [])
  let at = 512
  while (Number(bytes.readBigUInt64LE(at + 16)) <= sealed) at += bytes.readUInt32LE(at + 4)
  return at * 8
}
