/**
 * Frames as bytes, sound or broken in any one place. `encodeFrame` refuses to write what the protocol forbids,
 * which is exactly what is needed here.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { FrameKind } from '../../../src/wire/frame.ts'
import { frameCodes, wireLimits } from '../../../src/wire/frame.ts'
import type { Random } from '../../simulation/world/random.ts'

/** Parts of a frame; what is left out is as it should be. */
export interface FrameParts {
  readonly kind?: FrameKind | number
  readonly correlation?: number
  readonly header?: JsonObject | string | Uint8Array
  readonly body?: Uint8Array | string
  readonly length?: number
  readonly version?: number
  readonly headerLength?: number
}

/** The bytes of a frame with these parts, whatever the protocol thinks of them. */
export function frameBytes(parts: FrameParts): Buffer {
  const { kind = 'request', correlation = 0, header = {}, body = '', version = 1 } = parts
  const text = typeof header === 'string' || header instanceof Uint8Array ? header : JSON.stringify(header)
  const [head, tail] = [Buffer.from(text as string), Buffer.from(body as string)]
  const bytes = Buffer.alloc(12 + head.length + tail.length)
  bytes.writeUInt32LE((parts.length ?? bytes.length - 4) >>> 0, 0)
  bytes[4] = version
  bytes[5] = typeof kind === 'number' ? kind : frameCodes[kind]
  bytes.writeUInt16LE((parts.headerLength ?? head.length) & 0xffff, 6)
  bytes.writeUInt32LE(correlation >>> 0, 8)
  head.copy(bytes, 12)
  tail.copy(bytes, 12 + head.length)
  return bytes
}

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const badHeaders: readonly (string | Uint8Array)[] = [
  '',
  'null',
  '[]',
  '[{"op":"call"}]',
  '"call"',
  '{',
  '{"op":"call"',
  '{"op":"call"}}',
  '{"op":"call","op":"order"}',
  '{"op":"call","\\u006fp":"order"}',
  '{"op":"call","handle":9007199254740993}',
  '{"op":"call","handle":1e999}',
  '{"op":"call","handle":NaN}',
  '{"op":"\\ud800"}',
  '{"op":"call\u0000"}',
  '\ufeff{"op":"call"}',
  '{"__proto__":{"op":"call"},"__proto__":{}}',
  deep(17),
  deep(2_000),
  `{"a":[${'1,'.repeat(5_000)}1]}`,
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0xc0, 0xaf]),
]

/** One frame that the decoder must not accept, whatever role it comes from. Its connection ends with it. */
export function mangledFrame(random: Random): Buffer {
  const sound = { correlation: random.between(1, 99), header: { op: 'capabilities' } }
  switch (random.below(12)) {
    case 0:
      return frameBytes({ ...sound, length: random.below(8) })
    case 1:
      return frameBytes({ ...sound, length: random.pick([0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 1_048_577]) })
    case 2:
      return frameBytes({ ...sound, version: random.pick([0, 2, 255]) })
    case 3:
      return frameBytes({ ...sound, kind: random.pick([0, 9, 127, 255]) })
    case 4:
      return frameBytes({ ...sound, headerLength: random.pick([16_385, 65_535, 200]) })
    case 5:
      return frameBytes({
        ...sound,
        kind: random.pick(['request', 'reply', 'refusal', 'cancel'] as const),
        correlation: 0,
      })
    case 6:
      return frameBytes({ ...sound, kind: random.pick(['hello', 'welcome', 'goodbye'] as const) })
    case 7:
      return frameBytes({
        ...sound,
        body: Buffer.alloc(wireLimits.maxBodyLength + random.between(1, 16_000)),
      })
    case 8:
      return frameBytes({ ...sound, headerLength: random.below(26) })
    case 9:
      return Buffer.from(random.bytes(random.between(12, 300)))
    default:
      return frameBytes({ ...sound, header: random.pick(badHeaders) })
  }
}

/** A sound frame with some of its bits turned over, or bytes taken out, put in or doubled. */
export function corrupted(frame: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(frame)
  const at = random.below(bytes.length)
  switch (random.below(4)) {
    case 0:
      for (let flips = random.between(1, 4); flips > 0; flips--)
        bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
      return bytes
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 9))])
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.between(1, 9)), bytes.subarray(at)])
    default:
      return Buffer.concat([bytes, bytes.subarray(at)])
  }
}
