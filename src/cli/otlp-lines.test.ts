/** What a program that reads OpenTelemetry sees of a ledger. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../test/harness/small-domain.ts'
import { otlpLines } from './otlp-lines.ts'

const open = { where: { '*': { arguments: {}, open: true } } } as const
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: readonly { readonly name: string }[]
}

function exported(domain: SmallDomain): { spans: readonly Span[]; logs: readonly { eventName: string }[] } {
  const lines = [...otlpLines('main', domain.log)].map(
    (line) =>
      JSON.parse(line) as {
        resourceSpans?: [{ scopeSpans: [{ spans: Span[] }] }]
        resourceLogs?: [{ scopeLogs: [{ logRecords: { eventName: string }[] }] }]
      },
  )
  return {
    spans: lines.flatMap((line) => line.resourceSpans?.[0].scopeSpans[0].spans ?? []),
    logs: lines.flatMap((line) => line.resourceLogs?.[0].scopeLogs[0].logRecords ?? []),
  }
}

test('a call is a span in the trace of its requester, or in one of its own', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], ...open })
  const call = domain.call('tools/read', { path: '/a' })
  const [admitted] = call.events
  assert.ok(admitted?.kind === 'call.admitted')
  domain.now += 1_500
  domain.settle(admitted.body.call)
  domain.log[domain.log.indexOf(admitted)] = { ...admitted, body: { ...admitted.body, trace } }
  const again = domain.call('tools/read', { path: '/b' })
  assert.ok(again.events[0]?.kind === 'call.admitted')
  domain.settle(again.events[0].body.call)
  const { spans } = exported(domain)
  assert.equal(spans.length, 2)
  const [given, own] = spans
  assert.deepEqual([given?.traceId, given?.parentSpanId], [trace.slice(3, 35), trace.slice(36, 52)])
  assert.equal(BigInt(given?.endTimeUnixNano ?? 0) - BigInt(given?.startTimeUnixNano ?? 0), 1_500_000_000n)
  assert.deepEqual([given?.name, given?.status.code], ['tools/read', 1])
  assert.match(own?.traceId ?? '', /^[0-9a-f]{32}$/u)
  assert.match(own?.spanId ?? '', /^[0-9a-f]{16}$/u)
  assert.ok(own?.parentSpanId === undefined && own?.spanId !== given?.spanId)
  assert.deepEqual(exported(domain), exported(domain))
})

test('everything else is a log record, and no event is in it twice or not at all', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read', 'tools/write'], ...open, ask: true })
  const held = domain.call('tools/write', { path: '/a' })
  assert.ok(held.events[0]?.kind === 'call.held')
  const { call, approvalDigest: digest } = held.events[0].body
  domain.order({ do: 'call.deny', call, digest, comment: '' })
  domain.call('tools/read', { path: '/still-open' })
  domain.call('tools/buy', {})
  const { spans, logs } = exported(domain)
  assert.deepEqual([spans[0]?.status.code, spans[0]?.events.map(({ name }) => name)], [2, ['call.denied']])
  const inSpans = spans.reduce((sum, { events }) => sum + events.length + 1, 0)
  assert.equal(inSpans + logs.length, domain.log.length)
  assert.ok(logs.some(({ eventName }) => eventName === 'custos.call.held'))
  assert.ok(logs.some(({ eventName }) => eventName === 'custos.syscall.refused'))
})
