import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFileSync } from 'node:fs'
import { Fault } from '../base/fault.ts'
import type { JsonObject } from '../base/json.ts'
import type { Frame } from './frame.ts'
import { encodeFrame, frameCodes, frameKindOf, noBody, unsendable, wireLimits } from './frame.ts'
import { FrameDecoder } from './frame-decoder.ts'

const page = readFileSync(new URL('../../docs/wire.md', import.meta.url), 'utf8')

/** The worked examples of docs/wire.md: a heading line `**name**`, a JSON line and a block of hex. */
function examples(): { name: string; frame: Frame; bytes: Buffer }[] {
  const found = page.matchAll(
    /^\*\*(\w+)\*\* correlation (\d+), header `(.+?)`(?:, body `(.+?)`)?\n\n```hex\n([^`]+)```/gm,
  )
  return [...found].map(([, kind, correlation, header, body, hex]) => ({
    name: kind as string,
    frame: {
      kind: kind as Frame['kind'],
      correlation: Number(correlation),
      header: JSON.parse(header as string) as JsonObject,
      body: body === undefined ? noBody : Buffer.from(body),
    },
    bytes: Buffer.from((hex as string).replaceAll(/ {2}\|.*$|\s/gm, ''), 'hex'),
  }))
}

test('the worked examples of docs/wire.md are what is sent, byte for byte', () => {
  const shown = examples()
  assert.deepEqual(
    shown.map(({ name }) => name),
    ['hello', 'welcome', 'request', 'reply', 'refusal', 'goodbye'],
  )
  for (const { name, frame, bytes } of shown) {
    assert.equal(Buffer.from(encodeFrame(frame)).toString('hex'), bytes.toString('hex'), name)
    const { frames, violation } = new FrameDecoder().push(bytes)
    assert.equal(violation, null)
    assert.equal(frames.length, 1)
    assert.equal(JSON.stringify(frames[0]?.header), JSON.stringify(frame.header))
    assert.deepEqual(Buffer.from(frames[0]?.body ?? []), Buffer.from(frame.body))
  }
})

test('the codes of docs/wire.md are the codes', () => {
  for (const [kind, code] of Object.entries(frameCodes)) {
    assert.match(page, new RegExp(`\\| \`${kind}\` \\| ${code} \\|`))
    assert.equal(frameKindOf(code), kind)
  }
  assert.equal(frameKindOf(0), undefined)
  assert.equal(frameKindOf(9), undefined)
})

test('the limits of docs/wire.md are the limits', () => {
  for (const limit of Object.values(wireLimits))
    assert.ok(page.includes(limit.toLocaleString('en-US')), String(limit))
})

test('the longest header and the longest body fit in one frame', () => {
  const header = { op: 'x'.repeat(wireLimits.maxHeaderLength - '{"op":""}'.length) }
  const body = new Uint8Array(wireLimits.maxBodyLength)
  const bytes = encodeFrame({ kind: 'request', correlation: 0xffff_ffff, header, body })
  assert.equal(bytes.length, 4 + wireLimits.maxLength)
  const { frames, violation } = new FrameDecoder().push(bytes)
  assert.equal(violation, null)
  assert.equal(frames[0]?.correlation, 0xffff_ffff)
  assert.equal(frames[0]?.body.length, wireLimits.maxBodyLength)
})

test('a frame that breaks the rules is not written', () => {
  const good: Frame = { kind: 'request', correlation: 1, header: {}, body: noBody }
  const tooLong = { op: 'x'.repeat(wireLimits.maxHeaderLength) }
  assert.throws(() => encodeFrame({ ...good, header: tooLong }), Fault)
  assert.throws(() => encodeFrame({ ...good, body: new Uint8Array(wireLimits.maxBodyLength + 1) }), Fault)
  assert.throws(() => encodeFrame({ ...good, correlation: 0 }), Fault)
  assert.throws(() => encodeFrame({ ...good, kind: 'hello' }), Fault)
  assert.throws(() => encodeFrame({ ...good, header: { a: '\ud800' } }), Fault)
  assert.ok(encodeFrame({ ...good, header: { a: '\\ud800' } }).length > 0)
})

test('an edge can tell beforehand what would not travel', () => {
  assert.equal(unsendable({ op: 'call' }, noBody), null)
  assert.match(unsendable({}, new Uint8Array(wireLimits.maxBodyLength + 1)) ?? '', /body/)
  for (const header of [{ a: 'x'.repeat(16_384) }, { a: '\ud800' }, { a: 2 ** 53 }])
    assert.notEqual(unsendable(header, noBody), null)
})
