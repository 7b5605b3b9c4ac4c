/** Access reviews, on ledgers made by the real fold with real signatures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { SignedHistory } from '../../../test/harness/signed-history.ts'
import { viewOf } from '../ledger-view.ts'
import { reviewCsv, showReview } from './review-rendering.ts'
import type { Review } from './review.ts'
import { review, reviewColumns } from './review.ts'

const open = { '*': { arguments: {}, open: true } } as const

function reviewed(history: SignedHistory, process: number | null = null, dead = false): Review {
  return review(viewOf(history.events), { nowMs: history.now, process, dead })
}

/** One grant that was used twice, and one derivation from it that was not. */
function usedHistory(): SignedHistory {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/read', 'tools/write'], where: open, uses: 5 })
  history.done({ a: 1 })
  history.done({ a: 2 })
  const caveats = { selectors: ['tools/read'], expiresAt: id<never>(history.now + 60_000) }
  history.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats })
  return history
}

test('a review says who holds what, from whom, since when, on which terms, and when it was last used', () => {
  const history = usedHistory()
  const { rows, operators, holders, domain } = reviewed(history)
  assert.equal(domain, 'main')
  const [granted, derived] = rows
  assert.equal(rows.length, 2)
  assert.equal(granted?.holderName, 'agent scout (process 4)')
  assert.equal(granted.objectName, 'driver files')
  assert.equal(granted.selectors, 'tools/read tools/write')
  assert.deepEqual([granted.orderedBy, granted.orderedByLevel], ['ada', 'sovereign'])
  assert.equal(granted.orderSeq, history.last('capability.granted').seq)
  assert.equal(granted.order, 'signature verifies')
  assert.deepEqual([granted.uses, granted.usesLeft], [2, 3])
  assert.equal(granted.lastUsedSeq, history.last('call.admitted').seq)
  assert.equal(derived?.parent, 1)
  assert.equal(derived.selectors, 'tools/read')
  assert.match(String(derived.termsAbove), /^c1: may ask for tools\/read, tools\/write/u)
  assert.deepEqual([derived.uses, derived.lastUsed, derived.usesLeft], [0, '', 3])
  assert.equal(derived.expires, new Date(history.now - 1_000 + 60_000).toISOString())
  assert.deepEqual([operators[0]?.name, operators[0]?.granted], ['ada', 2])
  assert.ok(holders.some(({ process, capabilities }) => process === 4 && capabilities === 2))
})

test('what is dead is left out, unless it is asked for', () => {
  const history = usedHistory()
  history.now += 120_000
  assert.deepEqual(
    reviewed(history).rows.map(({ capability }) => capability),
    [1],
  )
  history.order({ do: 'capability.revoke', capability: id(1) })
  assert.deepEqual(reviewed(history).rows, [])
  const dead = reviewed(history, null, true).rows
  assert.equal(dead.length, 2)
  assert.ok(dead.every(({ status }) => status !== 'alive'))
  assert.match(showReview(reviewed(history)).join('\n'), /Nobody holds anything/u)
})

test('one holder can be asked about, and the review says that it is only one', () => {
  const history = usedHistory()
  assert.equal(reviewed(history, 4).rows.length, 2)
  assert.equal(reviewed(history, 2).rows.length, 0)
  assert.ok(reviewed(history, 4).unknown.some((line) => line.includes('Only one holder')))
})

test('an order whose signature does not hold stands out', () => {
  const history = usedHistory()
  const lied = history.events.map((event) =>
    event.kind === 'capability.granted'
      ? { ...event, body: { ...event.body, caveats: { ...event.body.caveats, uses: 500 } } }
      : event,
  )
  const { rows, unknown } = review(viewOf(lied), { nowMs: history.now, process: null, dead: false })
  assert.ok(rows.every(({ order }) => String(order).startsWith('NOT SOUND')))
  assert.ok(unknown.some((line) => line.includes('signature does not hold')))
})

test('the columns of the CSV are what they were, in their order', () => {
  const [heading, ...lines] = reviewCsv(reviewed(usedHistory())).split('\r\n')
  assert.equal(
    heading,
    'capability,holder,holderName,object,objectName,selectors,terms,termsAbove,parent,root,how,by,orderedBy,' +
      'orderedByLevel,orderSeq,order,since,sinceSeq,uses,lastUsed,lastUsedSeq,usesLeft,expires,status,changedSeq',
  )
  assert.equal(reviewColumns.length, 25)
  assert.equal(lines.length, 3)
  assert.equal(lines.at(-1), '')
})

test('no cell of the CSV is a formula or breaks its line, whatever an agent is called', () => {
  const history = new SignedHistory()
  history.order({ do: 'agent.add', name: 'x', tokenDigest: 'ab'.repeat(32) })
  const hostile = history.events.map((event) =>
    event.kind === 'agent.added' ? { ...event, body: { ...event.body, name: '=1,"\r\n' } } : event,
  )
  const holder = { holderName: '=HYPERLINK("x")', selectors: 'a,b\r\nc' }
  const base = reviewed(usedHistory())
  const rows = base.rows.map((row) => ({ ...row, ...holder }))
  const lines = reviewCsv({ ...base, rows }).split('\r\n')
  assert.equal(lines.length, 4)
  assert.match(lines[1] ?? '', /"'=HYPERLINK\(""x""\)"/u)
  assert.doesNotThrow(() => review(viewOf(hostile), { nowMs: history.now, process: null, dead: false }))
})

test('a narrowing and a move are told of, and the holder is whoever holds it now', () => {
  const history = usedHistory()
  history.order({ do: 'capability.narrow', capability: id(1), caveats: { selectors: ['tools/read'] } })
  const [granted, derived] = reviewed(history).rows
  assert.equal(granted?.changedSeq, String(history.last('capability.narrowed').seq))
  assert.equal(granted.selectors, 'tools/read')
  assert.equal(granted.order, 'signature verifies')
  assert.equal(derived?.changedSeq, '')
  const { signature } = history.last('capability.granted').body.signed
  const forged = history.events.map((event) =>
    event.kind === 'capability.narrowed'
      ? { ...event, body: { ...event.body, signed: { ...event.body.signed, signature } } }
      : event,
  )
  const [lied] = review(viewOf(forged), { nowMs: history.now, process: null, dead: false }).rows
  assert.match(String(lied?.order), /^NOT SOUND/u)
})
