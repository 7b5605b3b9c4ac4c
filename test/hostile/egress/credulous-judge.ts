/**
 * What is left when the judge is taken out: a reader that takes an authority in every lenient way that some program
 * takes one, and that holds every address for the open network. It shows that each attack of the table connects
 * somewhere it must not, unless it is judged.
 */
import { readAddress } from '../../../src/sandbox/egress/address.ts'
import type { Judge } from '../../../src/sandbox/egress/judge.ts'

/** Believes everything. */
export const credulousJudge: Judge = {
  authority(text, defaultPort) {
    const plain =
      decode(text)
        .normalize('NFKC')
        .replaceAll('。', '.')
        .split(/[/\\?#]/, 1)[0] ?? ''
    const place = plain.slice(plain.lastIndexOf('@') + 1)
    const match = /^(?:\[(?<six>[^\]]*)\]|(?<four>[^:]*))(?::(?<port>\d+))?/.exec(place)
    const { six, four = '', port } = match?.groups ?? {}
    const number = port === undefined ? defaultPort : Number(port)
    const address = readAddress(six?.replace(/%.*$/, '') ?? classical(four.replace(/\.+$/, '')) ?? '')
    const host = address?.text ?? four.toLowerCase().replace(/\.+$/, '')
    return { ok: true, value: { host, address, port: number } }
  },
  special: () => null,
  classOf: () => 'public',
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** IPv4 as the C library has always read it: one to four numbers in decimal, octal or hexadecimal. */
function classical(text: string): string | null {
  const parts = text.split('.')
  if (parts.length > 4 || !parts.every((part) => /^(?:0x[\da-f]*|\d+)$/i.test(part))) return null
  const numbers = parts.map((part) => {
    if (/^0x/i.test(part)) return Number.parseInt(part.slice(2) || '0', 16)
    return /^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)
  })
  const last = numbers.pop() ?? 0
  const value = numbers.reduce((sum, number, at) => sum + number * 256 ** (3 - at), last)
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
