import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { packableCases as cases } from '../../test/harness/packable-bodies.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Event, EventKind } from '../kernel/event.ts'
import { isPackable, packBody, unpackBody } from './packed-body.ts'
import { WriteBuffer } from './write-buffer.ts'

const plain = (body: object): string => canonicalJson(body as Json)

/** The packed bytes at an odd place in a buffer with remains of something else, or null. */
function packed(kind: EventKind, body: object): Buffer | null {
  const out = new WriteBuffer()
  out.bytes.fill(0xaa)
  const end = packBody(out, { kind, body } as unknown as Event, 37)
  return end < 0 ? null : out.bytes.subarray(37, end)
}

function unpacked(kind: EventKind, bytes: Buffer): object | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return unpackBody(kind, { bytes, view, from: 0, to: bytes.length })
}

test('a packed body reads back as the body that JSON gives', () => {
  let packs = 0
  fc.assert(
    fc.property(cases, ({ kind, body }) => {
      const bytes = packed(kind, body)
      assert.equal(bytes !== null, isPackable(kind, body))
      if (bytes === null) return
      packs++
      assert.equal(plain(unpacked(kind, bytes) ?? {}), plain(body))
      const parsed = parseStrictJson(Buffer.from(plain(body)))
      assert.ok(parsed.ok && isPackable(kind, parsed.value as object))
    }),
    { numRuns: 1000 },
  )
  assert.ok(packs > 300, `${packs} packed`)
})

test('only what a body packs to unpacks: no other bytes stand for it', () => {
  fc.assert(
    fc.property(cases, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ kind, body }, place, change) => {
      const bytes = packed(kind, body)
      if (bytes === null) return
      const changed = Buffer.from(bytes)
      const at = place % Math.min(changed.length, 64)
      changed[at] = (changed[at] as number) ^ change
      const other = unpacked(kind, changed)
      if (other !== null) assert.deepEqual(packed(kind, other), changed)
    }),
    { numRuns: 1500 },
  )
})

test('what the layout does not know stays JSON', () => {
  const admitted = {
    process: 7,
    object: 4,
    selector: 'tools/read',
    effect: 'observe',
    call: 9,
    capability: 12,
    deadline: 60_000,
    verdict: { effect: 'allow', version: 'p1', reasons: [] },
  }
  const isPacked = (changes: object): boolean => isPackable('call.admitted', { ...admitted, ...changes })
  assert.equal(isPacked({}), true)
  assert.equal(isPacked({ cost: 3, trace: 'x' }), true)
  for (const changes of [
    { with: [3] },
    { later: 1 },
    { cost: 0 },
    { cost: 0.5 },
    { cost: -1 },
    { cost: '3' },
    { trace: '' },
    { trace: 'a\u0000b' },
    { selector: 'a\nb' },
    { selector: 'x'.repeat(21_846) },
    { selector: 7 },
    { selector: null },
    { effect: 'none' },
    { deadline: 2 ** 53 },
    { process: '7' },
    { verdict: null },
    { verdict: { ...admitted.verdict, extra: 1 } },
    { verdict: { ...admitted.verdict, reasons: 'no' } },
    { verdict: { ...admitted.verdict, reasons: [7] } },
    { verdict: { ...admitted.verdict, reasons: ['because', ''] } },
    { verdict: { ...admitted.verdict, reasons: Array.from({ length: 256 }, () => 'r') } },
    {
      verdict: { ...admitted.verdict, reasons: ['r'.repeat(20_000), 's'.repeat(20_000), 't'.repeat(26_000)] },
    },
    { verdict: { ...admitted.verdict, effect: 'perhaps' } },
  ])
    assert.equal(isPacked(changes), false, JSON.stringify(changes).slice(0, 80))
  assert.equal(isPackable('kernel.booted', { boot: 1 }), false)
  const refused = {
    process: 1,
    object: 0,
    selector: 's',
    code: 'limit',
    message: 'm',
    needed: 'n',
    verdict: null,
  }
  assert.equal(isPackable('syscall.refused', { ...refused, collects: 0 }), true)
  assert.equal(isPackable('syscall.refused', { ...refused, collects: 0, message: undefined }), false)
  assert.equal(isPackable('syscall.refused', { ...refused, collects: 0, verdict: 'no' }), false)
  assert.equal(isPackable('call.settled', { call: 1, outcome: 'done', reason: '', released: 0 }), false)
})

test('no packed body has a run of zero bytes that could pass for a sector never written', () => {
  fc.assert(
    fc.property(cases, ({ kind, body }) => {
      const bytes = packed(kind, body)
      if (bytes === null) return
      assert.ok(!bytes.toString('latin1').includes('\0'.repeat(128)))
    }),
  )
})
