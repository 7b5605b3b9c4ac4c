/** The judge of the output gate over traces made from the golden ledger, sound and doctored. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { readFrame, readRecords } from '../../../src/ledger/batch.ts'
import { segmentHeaderBytes } from '../../../src/ledger/format.ts'
import type { FrameKind } from '../../../src/wire/frame.ts'
import { encodeFrame, noBody } from '../../../src/wire/frame.ts'
import { judgeOutputs } from './output-gate-breaches.ts'
import { parseTrace } from './system-call-trace.ts'

const golden = new URL('../../fixtures/golden-ledger-v1/ledger/00000001.seg', import.meta.url)
const segment = readFileSync(golden)
const file = '/h/ledger/00000001.seg'

const hex = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('hex').replace(/../g, '\\x$&')
const line = (text: string, thread = 7) => `${thread} 1795230676.773504 ${text}`
const open = (flags = 'O_RDWR|O_DSYNC|O_CLOEXEC') =>
  line(`openat(AT_FDCWD<${hex('/h')}>, "${hex(file)}", ${flags}) = 24<${hex(file)}>`)
const put = (from: number, to: number, asked = to) =>
  line(
    `pwrite64(24<${hex(file)}>, "${hex(segment.subarray(from, asked))}", ${asked - from}, ${from}) = ${to - from}`,
  )
const send = (bytes: Uint8Array, taken = bytes.length, socket = 31) =>
  line(`write(${socket}<${hex(`socket:[${socket}]`)}>, "${hex(bytes)}", ${bytes.length}) = ${taken}`)
const frame = (kind: FrameKind, header: JsonObject) =>
  encodeFrame({ kind, correlation: 5, header, body: noBody })

/** The batches of the golden segment: where they stand and what they hold. */
function batches() {
  const found = []
  let at = segmentHeaderBytes
  for (let batch = readFrame(segment, at); batch !== null; batch = readFrame(segment, at)) {
    const records = readRecords(batch)
    assert.ok(records.ok)
    found.push({ from: at, to: at + batch.length, events: records.value.map(({ event }) => event) })
    at += batch.length
  }
  return found
}

const all = batches()
const withCall = all.find(({ events }) => events.some(({ kind }) => kind === 'call.admitted'))
assert.ok(withCall && withCall !== all[0])
const before = all.slice(0, all.indexOf(withCall))
const admitted = withCall.events.find((event) => event.kind === 'call.admitted')
assert.ok(admitted)
const { from, to } = withCall
const start = [open(), put(0, segmentHeaderBytes), ...before.map((batch) => put(batch.from, batch.to))]
const reply = frame('refusal', { code: 'x', message: '', needed: '', seq: admitted.seq })
const dispatch = frame('request', { op: 'dispatch', call: admitted.body.call, selector: 's' })

const judge = (...lines: readonly string[]) => judgeOutputs(parseTrace([...start, ...lines, ''].join('\n')))

test('frames that leave after their batch was written are in order, and are counted', () => {
  const report = judge(put(from, to), send(reply), send(dispatch, undefined, 32))
  assert.deepEqual(report.breaches, [])
  const events = [...before, withCall].reduce((sum, batch) => sum + batch.events.length, 0)
  assert.deepEqual([report.events, report.citations, report.dispatches], [events, 1, 1])
})

test('a reply before its write is found, also when it shares its write with others or leaves in parts', () => {
  const harmless = frame('refusal', { code: 'x', message: '', needed: '', seq: 1 })
  assert.match(judge(send(reply), put(from, to)).breaches.join(), /cites event \d+ left before/)
  const both = Buffer.concat([harmless, reply])
  assert.equal(judge(send(both), put(from, to)).breaches.length, 1)
  const parts = [send(reply, 10), put(from, to), send(reply.subarray(10))]
  assert.equal(judge(...parts).breaches.length, 1)
  assert.deepEqual(
    judge(put(from, to), send(both, harmless.length + 3), send(reply.subarray(3))).breaches,
    [],
  )
})

test('a notice that cites what is not durable is found as a reply is', () => {
  const held = frame('notice', { event: 'held', seq: admitted.seq })
  assert.equal(judge(send(held), put(from, to)).breaches.length, 1)
})

test('a dispatch before its intent, or without any, is found', () => {
  assert.match(judge(send(dispatch), put(from, to)).breaches.join(), /dispatched before its intent/)
  assert.match(judge(send(dispatch)).breaches.join(), /dispatched before its intent/)
})

test('a write that has begun and not returned makes nothing durable', () => {
  const whole = put(from, to)
  const cut = whole.lastIndexOf(')')
  const begun = `${whole.slice(0, cut)} <unfinished ...>`
  const resumed = line(`<... pwrite64 resumed>) = ${to - from}`)
  const sent = send(reply).replace('7 ', '8 ')
  assert.equal(judge(begun, sent, resumed).breaches.length, 1)
  assert.deepEqual(judge(begun, resumed, sent).breaches, [])
  assert.equal(judge(sent, begun).breaches.length, 1)
})

test('a write that was taken in parts makes its batch durable with the last of them', () => {
  const middle = from + 200
  const [first, second] = [put(from, middle, to), put(middle, to)]
  assert.deepEqual(judge(first, second, send(reply)).breaches, [])
  assert.equal(judge(first, send(reply), second).breaches.length, 1)
})

test('a write that failed, or to a file that is not synchronous, makes nothing durable', () => {
  const failed = `${put(from, to).replace(/ = \d+$/, '')} = -1 EIO (Input/output error)`
  assert.equal(judge(failed, send(reply)).breaches.length, 1)
  const lazily = [open('O_RDWR|O_CLOEXEC'), put(0, to), send(reply)].join('\n')
  const { breaches } = judgeOutputs(parseTrace(lazily))
  assert.match(breaches.join(), /not open for synchronous writes/)
  assert.match(breaches.join(), /left before/)
})

test('several buffers of one call are one write', () => {
  const iov = (bytes: Uint8Array) => `{iov_base="${hex(bytes)}", iov_len=${bytes.length}}`
  const size = reply.length + dispatch.length
  const socket = `31<${hex('socket:[31]')}>`
  const gathered = line(`writev(${socket}, [${iov(reply)}, ${iov(dispatch)}], 2) = ${size}`)
  assert.equal(judge(gathered, put(from, to)).breaches.length, 2)
  assert.deepEqual(judge(put(from, to), gathered).breaches, [])
})

test('the end of a call cites its settlement and nothing earlier', () => {
  const early = frame('reply', { seq: 1, call: admitted.body.call, outcome: 'done' })
  assert.match(judge(put(from, to), send(early)).breaches.join(), /cites event 1, not/)
})

test('bytes that the trace left out are a finding and not a silence', () => {
  const cut = send(reply).replace('", ', '"..., ')
  assert.match(judge(put(from, to), cut).breaches.join(), /does not hold all/)
})
