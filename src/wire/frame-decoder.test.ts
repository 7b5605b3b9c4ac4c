import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '../base/json.ts'
import type { Frame, FrameKind } from './frame.ts'
import { encodeFrame, noBody, prologueSize, wireLimits } from './frame.ts'
import type { Decoded } from './frame-decoder.ts'
import { FrameDecoder } from './frame-decoder.ts'

const request = (correlation: number, size = 10): Frame => ({
  kind: 'request',
  correlation,
  header: { op: 'call', n: correlation },
  body: Buffer.alloc(size, correlation),
})

/** A frame as plain text, for comparison. */
const show = ({ kind, correlation, header, body }: Frame): string =>
  `${kind} ${correlation} ${JSON.stringify(header)} ${Buffer.from(body).toString('hex')}`

/** Feeds `bytes` in pieces that end at `cuts`, and checks what is kept on the way. */
function pushCut(bytes: Uint8Array, cuts: readonly number[]): Decoded {
  const decoder = new FrameDecoder()
  const frames: Frame[] = []
  let violation: Decoded['violation'] = null
  let start = 0
  for (const end of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    const decoded = decoder.push(bytes.subarray(start, end))
    frames.push(...decoded.frames)
    violation = decoded.violation
    assert.ok(decoder.heldBytes <= wireLimits.maxLength + 4)
    start = end
  }
  return { frames, violation }
}

const anyKind = fc.constantFrom<FrameKind>(
  'hello',
  'welcome',
  'goodbye',
  'request',
  'reply',
  'refusal',
  'cancel',
  'notice',
)
const anyFrame: fc.Arbitrary<Frame> = fc
  .record({
    kind: anyKind,
    number: fc.integer({ min: 1, max: 0xffff_ffff }),
    header: fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
      maxKeys: 4,
    }),
    body: fc.uint8Array({ maxLength: 400 }),
  })
  .map(({ kind, number, header, body }) => {
    const isGreeting = kind === 'hello' || kind === 'welcome' || kind === 'goodbye'
    return {
      kind,
      correlation: isGreeting ? 0 : number,
      header: JSON.parse(JSON.stringify(header)) as JsonObject,
      body,
    }
  })
const anyCuts = fc.array(fc.nat(5_000), { maxLength: 12 })

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), anyCuts, (sent, cuts) => {
      const { frames, violation } = pushCut(Buffer.concat(sent.map(encodeFrame)), cuts)
      assert.equal(violation, null)
      assert.deepEqual(frames.map(show), sent.map(show))
    }),
    { numRuns: 1_000 },
  )
})

test('one byte at a time is as good as all at once', () => {
  const sent = [
    request(1),
    { kind: 'goodbye', correlation: 0, header: {}, body: noBody } as const,
    request(3, 0),
  ]
  const bytes = Buffer.concat(sent.map(encodeFrame))
  const { frames, violation } = pushCut(bytes, [...bytes.keys()])
  assert.equal(violation, null)
  assert.deepEqual(frames.map(show), sent.map(show))
})

test('arbitrary bytes never make it throw, and the way they are cut changes nothing', () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 0, max: 40 }),
        fc.uint8Array({ maxLength: 60 }),
      )
      .map(([length, kind, header, rest]) =>
        Buffer.concat([Uint8Array.of(length, 0, 0, 0, 1, kind, header, 0, 1, 0, 0, 0), rest]),
      ),
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(junk, anyFrame.map(encodeFrame)), { maxLength: 6 }),
      anyCuts,
      (chunks, cuts) => {
        const bytes = Buffer.concat(chunks)
        const whole = new FrameDecoder().push(bytes)
        const pieces = pushCut(bytes, cuts)
        assert.deepEqual(pieces.frames.map(show), whole.frames.map(show))
        assert.deepEqual(pieces.violation, whole.violation)
      },
    ),
    { numRuns: 2_500 },
  )
})

test('a frame with one changed byte is refused or differs only where the byte was', () => {
  const original = encodeFrame(request(7))
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), (offset, mask) => {
      const bytes = Uint8Array.from(original)
      bytes[offset] = (bytes[offset] as number) ^ mask
      const { frames, violation } = new FrameDecoder().push(bytes)
      for (const frame of frames) {
        assert.notEqual(show(frame), show(request(7)))
        assert.ok(offset < 4 || violation === null)
        if (offset >= prologueSize) assert.equal(frame.correlation, 7)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a truncated frame gives nothing and waits', () => {
  const bytes = encodeFrame(request(7))
  for (let length = 0; length < bytes.length; length++) {
    const decoder = new FrameDecoder()
    assert.deepEqual(decoder.push(bytes.subarray(0, length)), { frames: [], violation: null })
    assert.equal(decoder.heldBytes, length)
    assert.deepEqual(decoder.push(bytes.subarray(length)).frames.map(show), [show(request(7))])
    assert.equal(decoder.heldBytes, 0)
  }
})

function violationOf(change: (bytes: Buffer) => void): string | undefined {
  const bytes = Buffer.from(encodeFrame(request(7)))
  change(bytes)
  return new FrameDecoder().push(bytes).violation?.reason
}

test('each rule of the prologue has its violation', () => {
  assert.equal(
    violationOf(() => {}),
    undefined,
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt32LE(7, 0)),
    'length',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt32LE(wireLimits.maxLength + 1, 0)),
    'length',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt32LE(0xffff_ffff, 0)),
    'length',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt32LE(wireLimits.maxLength, 0)),
    'length',
    'a body beyond its limit',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(2, 4)),
    'version',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(0, 5)),
    'kind',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(9, 5)),
    'kind',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt16LE(0, 6)),
    'header',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt16LE(bytes.length, 6)),
    'header',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt16LE(0xffff, 6)),
    'header',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt32LE(0, 8)),
    'correlation',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(frameCode.hello, 5)),
    'correlation',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(0x5b, 12)),
    'header',
  )
  assert.equal(
    violationOf((bytes) => bytes.writeUInt8(0x0a, 13)),
    'header',
  )
})
const frameCode = { hello: 1 }

test('a header is one strict object', () => {
  for (const header of [
    '[]',
    '1',
    'null',
    '',
    '{"a":1,"a":2}',
    '{"a":1e400}',
    '{"a":\n1}',
    '{}{}',
    '{"a":'.repeat(17) + '1' + '}'.repeat(17),
  ]) {
    const text = Buffer.from(header)
    const prologue = Buffer.from([0, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0])
    prologue.writeUInt32LE(8 + text.length, 0)
    prologue.writeUInt16LE(text.length, 6)
    assert.equal(new FrameDecoder().push(Buffer.concat([prologue, text])).violation?.reason, 'header', header)
  }
})

test('a violation is final, and what came before it is delivered', () => {
  const decoder = new FrameDecoder()
  const first = decoder.push(
    Buffer.concat([encodeFrame(request(1)), Buffer.alloc(12), encodeFrame(request(2))]),
  )
  assert.deepEqual(first.frames.map(show), [show(request(1))])
  assert.equal(first.violation?.reason, 'length')
  assert.deepEqual(decoder.push(encodeFrame(request(3))), { frames: [], violation: first.violation })
  assert.equal(decoder.heldBytes, 0)
})

test('a violation in the prologue is noticed before the frame is complete', () => {
  const bytes = Buffer.from(encodeFrame(request(1, 1_000)))
  bytes[5] = 77
  assert.equal(pushCut(bytes.subarray(0, prologueSize), [3, 7]).violation?.reason, 'kind')
})

test('a promised length costs nothing until the bytes arrive, and a slow frame is not copied again and again', () => {
  const bytes = encodeFrame(request(1, wireLimits.maxBodyLength))
  const decoder = new FrameDecoder()
  decoder.push(bytes.subarray(0, prologueSize))
  assert.equal(decoder.heldBytes, prologueSize)
  const started = performance.now()
  for (let at = prologueSize; at < bytes.length; at += 16)
    decoder.push(bytes.subarray(at, Math.min(at + 16, bytes.length)))
  assert.ok(performance.now() - started < 2_000, 'quadratic work would take minutes')
  assert.equal(decoder.heldBytes, 0)
})

test('a body does not keep the chunk it came in alive, and the chunk may be reused', () => {
  const chunk = Buffer.from(encodeFrame(request(1)))
  const { frames } = new FrameDecoder().push(chunk)
  chunk.fill(0)
  assert.deepEqual(frames.map(show), [show(request(1))])
  assert.equal(frames[0]?.body.buffer.byteLength, 10)
})
