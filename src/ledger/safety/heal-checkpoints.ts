/**
 * The checkpoints file out of two copies: slot by slot the newest one that is signed. Which of them hold for
 * the ledger is judged afterwards, as always.
 */
import { checkpointsFileBytes, slotOffset } from '../checkpoint-slots.ts'
import { sectorBytes } from '../format.ts'
import { readSlot } from './head-record.ts'

/** The file as it should be, for checkpoints that `publicKey` signs. */
export function healCheckpoints(first: Buffer | null, second: Buffer | null, publicKey: string): Buffer {
  const whole = Buffer.alloc(checkpointsFileBytes)
  for (let offset = 0; offset < checkpointsFileBytes; offset += sectorBytes) {
    const slots = [first, second].flatMap((copy) => copy?.subarray(offset, offset + sectorBytes) ?? [])
    const numbered = slots.map((slot) => ({ slot, number: numberOf(slot, offset, publicKey) }))
    const best = numbered.reduce((kept, other) => (other.number > kept.number ? other : kept), {
      slot: Buffer.alloc(sectorBytes),
      number: 0,
    })
    best.slot.copy(whole, offset)
  }
  return whole
}

function numberOf(slot: Buffer, offset: number, publicKey: string): number {
  if (slot.length !== sectorBytes) return 0
  const number = readSlot(slot, publicKey)?.checkpoint.number ?? 0
  return number > 0 && slotOffset(number) === offset ? number : 0
}
