/**
 * The code that opens an escrow: made here and nowhere kept, written down by a person and typed by one much later.
 * 136 random bits, so that guessing is hopeless without anything that makes a guess slow; then 24 bits that tell a
 * mistyped code from the code of another file. Letters that are taken for digits are not used, and are understood.
 */
import { randomBytes } from 'node:crypto'
import { sha256 } from '../../base/hash.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const secretBytes = 17
const codeBytes = 20
const letterBits = 5
const groupLetters = 4

/** A fresh code: 8 groups of 4. */
export function newRecoveryCode(): string {
  const secret = randomBytes(secretBytes)
  const bytes = Buffer.concat([secret, checkOf(secret)])
  let bits = bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
  let letters = ''
  for (let at = 0; at < (codeBytes * 8) / letterBits; at++) {
    letters = `${alphabet[Number(bits & 31n)] ?? ''}${letters}`
    bits >>= 5n
  }
  return letters.match(new RegExp(`.{${groupLetters}}`, 'gu'))?.join('-') ?? ''
}

/** What a code says, or null when it was mistyped: case, spaces and dashes do not matter. */
export function readRecoveryCode(typed: string): Uint8Array | null {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/gu, '').replaceAll('O', '0').replaceAll(/[IL]/gu, '1')
  if (letters.length !== (codeBytes * 8) / letterBits) return null
  let bits = 0n
  for (const letter of letters) {
    const value = alphabet.indexOf(letter)
    if (value === -1) return null
    bits = (bits << 5n) | BigInt(value)
  }
  const bytes = Buffer.from(bits.toString(16).padStart(codeBytes * 2, '0'), 'hex')
  const secret = bytes.subarray(0, secretBytes)
  return checkOf(secret).equals(bytes.subarray(secretBytes)) ? secret : null
}

function checkOf(secret: Uint8Array): Buffer {
  return Buffer.from(sha256(Buffer.concat([Buffer.from('recovery-code-v1'), secret]))).subarray(
    0,
    codeBytes - secretBytes,
  )
}
