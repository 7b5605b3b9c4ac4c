/** Erasures that a crash or a disk interrupts, and readings that are recorded before they happen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../base/json.ts'
import { id } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'
import { SeededDomain } from '../../test/harness/seeded-domain.ts'
import { Privacy } from './privacy.ts'

const bob = 3

/** A domain, what its process destroyed and recorded, and what its disk says. */
function privateDomain() {
  const domain = new SeededDomain(1)
  const seen = { destroyed: [] as number[], warnings: [] as string[], events: [] as Event[], forgotten: 0 }
  const disk = { trouble: null as string | null, lines: [] as readonly JsonObject[] }
  const { core } = domain
  /** One life of the process. */
  const process = (): Privacy =>
    new Privacy(
      core,
      {
        submit(command) {
          const decision = core.submit(command)
          seen.events.push(...decision.events)
          return decision
        },
      },
      {
        destroy(subject) {
          if (disk.trouble === null) seen.destroyed.push(subject)
          return disk.trouble
        },
        noted: () => ({ lines: disk.lines, forget: () => void seen.forgotten++ }),
        warn: (message) => void seen.warnings.push(message),
      },
    )
  const erase = (): Event => {
    const [event] = domain.order({ do: 'subject.erase', subject: bob, reason: '' }).events
    assert.equal(event?.kind, 'subject.erased')
    return event
  }
  const kinds = (): readonly string[] => seen.events.map(({ kind }) => kind)
  return { domain, core, seen, disk, process, erase, kinds }
}

test('keys are destroyed when the order is durable, and that is recorded', () => {
  const { core, seen, process, erase, kinds } = privateDomain()
  const privacy = process()
  const erased = erase()
  assert.deepEqual(seen.destroyed, [])
  privacy.onDurable(erased)
  assert.deepEqual(seen.destroyed, [bob])
  assert.deepEqual(kinds(), ['erasure.completed'])
  assert.equal(core.state.subjects?.has(bob), false)
})

test('an erasure whose process died before the keys were destroyed is finished by the next start', () => {
  const { seen, process, erase, kinds } = privateDomain()
  erase()
  process().begin()
  assert.deepEqual(seen.destroyed, [bob])
  assert.deepEqual(kinds(), ['erasure.completed'])
  process().begin()
  assert.deepEqual(seen.destroyed, [bob], 'once')
})

test('keys that a disk does not let go of are said to be there, and destroyed by a later start', () => {
  const { core, seen, disk, process, erase, kinds } = privateDomain()
  disk.trouble = 'read-only file system'
  process().onDurable(erase())
  assert.match(seen.warnings.join(), /subject 3 are not destroyed yet: read-only/u)
  assert.deepEqual(kinds(), [])
  assert.notEqual(core.state.subjects?.get(bob)?.erased, undefined)
  disk.trouble = null
  process().begin()
  assert.deepEqual(kinds(), ['erasure.completed'])
})

test('a reading is recorded as stated; one that states nothing, or that has no room, is refused', () => {
  const { domain, core, process, kinds } = privateDomain()
  const privacy = process()
  const header = { reader: 'ada', purpose: 'ledger show 4', from: 4, to: 4 }
  assert.equal(privacy.record(header), core.state.seq)
  assert.deepEqual(kinds(), ['payload.read'])
  const nameless = { purpose: 'x', from: 1 }
  const wrong = [{ reader: '' }, { from: 0 }, { from: 5 }, { to: 1.5 }, { purpose: 'x'.repeat(300) }]
  for (const stated of [nameless, ...wrong.map((change) => ({ ...header, ...change }))]) {
    const refused = privacy.record(stated)
    assert.equal(typeof refused === 'object' && refused.code, 'bad-request', JSON.stringify(stated))
  }
  domain.room = 'reserved'
  const full = privacy.record(header)
  assert.equal(typeof full === 'object' && full.code, 'ledger-unavailable')
  assert.equal(kinds().length, 1)
})

test('arguments shown for an approval are recorded once for each call, and not shown where that has no room', () => {
  const { domain, core, seen, process } = privateDomain()
  const privacy = process()
  const where = { 'tools/read': { arguments: {}, open: true } } as const
  const caveats = { selectors: ['tools/read'], where, ask: true } as const
  domain.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats })
  domain.request(4, 'tools/read', Buffer.from('{"a":1}'))
  const [held] = [...core.state.calls.values()]
  const shown = [{ call: held?.id ?? 0, seq: held?.payloadSeq ?? 0, arguments: 'e30' }]
  domain.room = 'none'
  assert.equal(privacy.show(shown, undefined), false)
  domain.room = 'reserved'
  assert.equal(privacy.show(shown, 'ada'), true)
  domain.room = 'none'
  assert.equal(privacy.show(shown, 'ada'), true, 'it is recorded already')
  assert.equal(privacy.show([{ call: 9, seq: 9, arguments: null }], 'ada'), true, 'nothing was shown of it')
  const [reading] = seen.events
  assert.equal(reading?.kind, 'payload.read')
  assert.deepEqual(
    [reading.body.calls, reading.body.from, reading.body.reader],
    [[1], held?.payloadSeq, 'ada'],
  )
  assert.equal(seen.events.length, 1)
})

test('what was noted while nothing ran is recorded at the start, even where it cannot be read', () => {
  const { core, seen, disk, process } = privateDomain()
  disk.lines = [{ reader: 'root', purpose: 'export', from: 1, offlineAt: 77 }, {}]
  const head = core.state.seq
  process().begin()
  const readings = seen.events.map((event) => (event.kind === 'payload.read' ? event.body : null))
  assert.deepEqual(
    readings.map((body) => [body?.reader, body?.from, body?.to, body?.offlineAt]),
    [
      ['root', 1, head, 77],
      ['unknown', 1, head + 1, core.state.at],
    ],
  )
  assert.equal(seen.forgotten, 1)
})
