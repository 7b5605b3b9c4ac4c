/**
 * What the gate would answer, held against what it answers: on random states every question is asked, and then the
 * same request is made.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Decision } from '../../kernel/decision.ts'
import { stateRoot } from '../../kernel/root.ts'
import { SeededDomain, seededIds, seededStart, seededVault } from '../../../test/harness/seeded-domain.ts'
import { canView } from './can.ts'
import type { Candidate } from './objections.ts'

const { files, bob } = seededIds

type Answer = JsonObject & {
  readonly answer: string
  readonly code?: string
  readonly candidates?: readonly Candidate[]
}

/** What a decision amounts to, in the words of the view. */
function outcomeOf(decision: Decision | null): JsonObject {
  if (decision === null) return { answer: 'refused', code: 'bad-arguments' }
  if (decision.refusal !== null) {
    const { code, message, needed } = decision.refusal
    return { answer: 'refused', code, message, needed }
  }
  if (decision.joins !== undefined) return { answer: 'waits', call: decision.joins }
  const [event] = decision.events
  if (event?.kind === 'call.held') {
    const { capability, demands, expiresAt } = event.body
    return { answer: 'held', capability, demands, waitsUntil: expiresAt }
  }
  assert.ok(event?.kind === 'call.admitted')
  return { answer: 'admitted', capability: event.body.capability, deadline: event.body.deadline }
}

/** What every answer must say of itself, whatever the gate says. */
function checkObjections(answer: Answer, demandsOfHeld: Json | undefined): void {
  const candidates = answer.candidates ?? []
  const free = candidates.filter(({ objections }) => objections.length === 0)
  switch (answer.answer) {
    case 'admitted':
      // An approval that is collected was judged under terms that may be used up by now.
      return
    case 'held':
      assert.ok(free.some(({ demands }) => JSON.stringify(demands) === JSON.stringify(demandsOfHeld)))
      assert.ok(free.every(({ demands }) => demands.length > 0))
      return
    case 'refused': {
      const said = new Set(candidates.flatMap(({ objections }) => objections.map(({ code }) => code)))
      const { code = '' } = answer
      if (code === 'approval-denied' || code === 'bad-arguments' || code === 'limit' || free.length > 0)
        return
      assert.ok(candidates.length === 0 || said.has(code), `${code} is among the objections`)
    }
  }
}

test('on random states the answer is what the gate then does, and asking changes nothing', () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= 80; seed += 1) {
    const domain = new SeededDomain(seed)
    for (let count = 0; count < 40; count += 1) {
      domain.step()
      const question = domain.question()
      const before = stateRoot(domain.core.state)
      const answer = canView(domain.core, seededVault, question) as Answer
      assert.equal(stateRoot(domain.core.state), before, 'asking changes nothing')
      const decision = domain.request(question.process, question.selector, question.bytes, question.object)
      const expected = outcomeOf(decision)
      for (const [name, value] of Object.entries(expected)) {
        assert.deepEqual(answer[name], value, `seed ${seed}, question ${count}: ${name}`)
      }
      checkObjections(answer, expected['demands'])
      const key = answer.answer === 'refused' ? (answer.code ?? '') : answer.answer
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  }
  const wanted = ['admitted', 'held', 'waits', 'not-held', 'revoked', 'expired', 'exhausted', 'rate-limited']
  wanted.push(
    'selector-not-granted',
    'argument-refused',
    'bad-arguments',
    'definition-changed',
    'approval-denied',
  )
  for (const key of wanted) assert.ok((seen.get(key) ?? 0) > 0, `${key} was met`)
})

test('every level that says no is named, not only the first', () => {
  const domain = new SeededDomain(1)
  const where = { '*': { arguments: { path: { constraint: { within: '/data' } } } } }
  domain.order({
    do: 'capability.grant',
    holder: id(bob),
    object: id(files),
    caveats: { selectors: ['tools/read'], where, uses: 1 },
  })
  const caveats = { selectors: ['tools/read'], expiresAt: id<Instant>(seededStart + 10) }
  domain.core.submit({ kind: 'capability.derive', process: id(bob), handle: id(1), holder: id(bob), caveats })
  domain.request(bob, 'tools/read', Buffer.from('{"path":"/data/x"}'))
  domain.now += 1_000
  const bytes = Buffer.from('{"path":"/etc/x"}')
  const question = { process: bob, object: files, selector: 'tools/read', bytes }
  const answer = canView(domain.core, seededVault, question) as Answer
  assert.equal(answer.answer, 'refused')
  const derived = answer.candidates?.find(({ capability }) => capability === 2)
  const said = derived?.objections.map(({ stage, capability, code }) => `${stage} c${capability} ${code}`)
  assert.deepEqual(said, [
    'capability c2 expired',
    'capability c1 argument-refused',
    'capability c1 exhausted',
  ])
})

test('a revocation is said of the level that was revoked and of none above it', () => {
  const domain = new SeededDomain(1)
  const where = { '*': { arguments: {}, open: true } } as const
  const caveats = { selectors: ['tools/read'], where }
  domain.order({ do: 'capability.grant', holder: id(bob), object: id(files), caveats })
  for (const handle of [1, 2]) {
    const derived = {
      process: id<never>(bob),
      handle: id<never>(handle),
      holder: id<never>(bob),
      caveats: {},
    }
    domain.core.submit({ kind: 'capability.derive', ...derived })
  }
  domain.order({ do: 'capability.revoke', capability: id(2) })
  const question = { process: bob, object: files, selector: 'tools/read', bytes: Buffer.from('{}') }
  const { candidates = [] } = canView(domain.core, seededVault, question) as Answer
  // What is below may be swept away by now, which is said of it too.
  const said = candidates.map(({ chain, objections }) => [
    chain,
    objections.map((no) => `c${no.capability} ${no.code}`).filter((no) => !no.startsWith('c3 ')),
  ])
  assert.deepEqual(said, [
    [[1], []],
    [[2, 1], ['c2 revoked']],
    [[3, 2, 1], ['c2 revoked']],
  ])
})

test('without room for the ledger nothing is let through, and the answer says so', () => {
  const domain = new SeededDomain(1)
  domain.room = 'reserved'
  const question = { process: bob, object: files, selector: 'tools/read', bytes: Buffer.from('{}') }
  assert.equal((canView(domain.core, seededVault, question) as Answer).code, 'ledger-unavailable')
})
