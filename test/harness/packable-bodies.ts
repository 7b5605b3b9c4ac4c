/** Bodies of the kinds that have a packed form: many that have it, and some that for one reason or another do not. */
import * as fc from 'fast-check'
import type { EventKind } from '../../src/kernel/event.ts'

const number = fc.oneof(fc.nat(), fc.maxSafeNat())
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(
    '',
    'tools/read_text_file',
    'gr\u00fcn \ud83d\udfe2',
    'x'.repeat(300),
    '\u0080\u007f\ufeff',
  ),
)
const verdict = fc.record({
  effect: fc.constantFrom('allow', 'deny', 'ask'),
  version: text,
  reasons: fc.array(text, { maxLength: 4 }),
})
const call = { process: number, object: number, selector: text, call: number, capability: number }
const effect = fc.constantFrom('observe', 'change', 'act', 'spend', 'govern')
const outcome = fc.constantFrom('done', 'failed', 'timed-out', 'cancelled', 'in-doubt')
const bodies: { readonly [K in EventKind]?: fc.Arbitrary<object> } = {
  'call.admitted': fc.record(
    { ...call, effect, deadline: number, verdict, cost: fc.integer({ min: 1 }), trace: text },
    {
      requiredKeys: ['process', 'object', 'selector', 'call', 'capability', 'effect', 'deadline', 'verdict'],
    },
  ),
  'call.settled': fc.record({ call: number, outcome, reason: text, released: fc.boolean() }),
  'syscall.refused': fc.record(
    {
      process: number,
      object: number,
      selector: text,
      code: fc.constantFrom('limit', 'halted'),
      message: text,
      needed: text,
      verdict: fc.option(verdict),
      collects: number,
      trace: text,
    },
    {
      requiredKeys: ['process', 'object', 'selector', 'code', 'message', 'needed', 'verdict', 'collects'],
    },
  ),
}
/** A kind with a body of it. */
export const packableCases: fc.Arbitrary<{ readonly kind: EventKind; readonly body: object }> = fc.oneof(
  ...Object.entries(bodies).map(([kind, body]) => fc.record({ kind: fc.constant(kind as EventKind), body })),
)
