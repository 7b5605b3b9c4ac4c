/**
 * The ledger for programs that read OpenTelemetry: OTLP as JSON, one request a line, as its file exporter writes it.
 * A call is a span, in the trace that its requester gave it, or in one that is made from its place in the ledger, so
 * that exporting again gives the same. Everything else is a log record. No payload is ever in it.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { CallId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Event, EventOf } from '../kernel/event.ts'

/** Spans and records in one line at most. */
const itemsPerLine = 256
const scope = { name: 'custos' } as const
const client = 3
const severities = { info: 9, warn: 13 } as const
const statuses = { ok: 1, error: 2 } as const

type Begun = EventOf<'call.held'> | EventOf<'call.admitted'>
type Ended = EventOf<'call.settled'> | EventOf<'call.denied'> | EventOf<'call.lapsed'>

interface OpenCall {
  readonly begun: Begun
  /** What happened to it in between. */
  readonly between: Event[]
}

/** Lines of one domain's ledger, from its events in order. Calls that are still open at the end are log records. */
export function* otlpLines(domain: string, events: Iterable<Event>): Generator<string> {
  const open = new Map<CallId, OpenCall>()
  const spans: Json[] = []
  const logs: Json[] = []
  for (const event of events) {
    const span = followCall(domain, open, event)
    if (span === 'not-a-call') logs.push(logRecord(domain, event))
    else if (span !== null) spans.push(span)
    if (spans.length >= itemsPerLine) yield spanLine(domain, spans.splice(0))
    if (logs.length >= itemsPerLine) yield logLine(domain, logs.splice(0))
  }
  for (const { begun, between } of open.values())
    logs.push(...[begun, ...between].map((event) => logRecord(domain, event)))
  if (spans.length > 0) yield spanLine(domain, spans)
  while (logs.length > 0) yield logLine(domain, logs.splice(0, itemsPerLine))
}

function followCall(
  domain: string,
  open: Map<CallId, OpenCall>,
  event: Event,
): JsonObject | 'not-a-call' | null {
  switch (event.kind) {
    case 'call.held':
      open.set(event.body.call, { begun: event, between: [] })
      return null
    case 'call.admitted': {
      const held = open.get(event.body.call)
      if (held === undefined) open.set(event.body.call, { begun: event, between: [] })
      else held.between.push(event)
      return null
    }
    case 'call.seconded':
    case 'call.approved': {
      const call = open.get(event.body.call)
      call?.between.push(event)
      return call === undefined ? 'not-a-call' : null
    }
    case 'call.settled':
    case 'call.denied':
    case 'call.lapsed': {
      const call = open.get(event.body.call)
      open.delete(event.body.call)
      return call === undefined ? 'not-a-call' : spanOf(domain, call, event)
    }
    default:
      return 'not-a-call'
  }
}

function spanOf(domain: string, { begun, between }: OpenCall, ended: Ended): JsonObject {
  const { call, process, object, selector, effect } = begun.body
  const isDone = ended.kind === 'call.settled' && ended.body.outcome === 'done'
  const outcome = ended.kind === 'call.settled' ? ended.body.outcome : ended.kind.slice('call.'.length)
  const facts = {
    call,
    process,
    object,
    selector,
    effect,
    outcome,
    seq: begun.seq,
    capability: begun.body.capability,
  }
  return {
    ...traceOf(domain, begun.seq, begun.body.trace),
    name: selector,
    kind: client,
    startTimeUnixNano: nanos(begun.at),
    endTimeUnixNano: nanos(ended.at),
    attributes: attributes(facts),
    events: [...between, ended].map(({ kind, at, seq }) => ({
      timeUnixNano: nanos(at),
      name: kind,
      attributes: attributes({ seq }),
    })),
    status: isDone ? { code: statuses.ok } : { code: statuses.error, message: outcome },
  }
}

function logRecord(domain: string, event: Event): Json {
  const { seq, at, kind, actor, cause, body } = event
  const trace = (body as { readonly trace?: string }).trace
  const isNo = kind === 'syscall.refused' || kind === 'order.refused' || kind === 'call.denied'
  const severity = isNo ? 'warn' : 'info'
  const ids = trace === undefined ? {} : { traceId: traceOf(domain, seq, trace).traceId }
  return {
    timeUnixNano: nanos(at),
    severityNumber: severities[severity],
    severityText: severity.toUpperCase(),
    eventName: `custos.${kind}`,
    body: { stringValue: canonicalJson(body as unknown as Json) },
    attributes: attributes({ seq, kind, cause, 'actor.kind': actor.kind, 'actor.id': actor.id }),
    ...ids,
  }
}

/** Ids of a span. Its parent is the span of the requester, if the requester said which. */
function traceOf(
  domain: string,
  seq: number,
  trace: string | undefined,
): { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string } {
  const own = sha256Hex(`custos span ${domain} ${seq}`)
  const spanId = own.slice(32, 48)
  const [, traceId, parentSpanId] = trace?.split('-') ?? []
  if (traceId === undefined || parentSpanId === undefined) return { traceId: own.slice(0, 32), spanId }
  return { traceId, spanId, parentSpanId }
}

function attributes(facts: { readonly [name: string]: string | number }): Json {
  return Object.entries(facts).map(([name, value]) => ({
    key: `custos.${name}`,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
}

function nanos(ms: number): string {
  return ms === 0 ? '0' : `${ms}000000`
}

function resource(domain: string): Json {
  const named = { key: 'service.name', value: { stringValue: 'custos' } }
  return { attributes: [named, { key: 'custos.domain', value: { stringValue: domain } }] }
}

function spanLine(domain: string, spans: readonly Json[]): string {
  return canonicalJson({ resourceSpans: [{ resource: resource(domain), scopeSpans: [{ scope, spans }] }] })
}

function logLine(domain: string, logRecords: readonly Json[]): string {
  return canonicalJson({ resourceLogs: [{ resource: resource(domain), scopeLogs: [{ scope, logRecords }] }] })
}
