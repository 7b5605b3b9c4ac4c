/** Attack card, line 33: one scripted session in which everything that can happen does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { Json } from '../../../src/base/json.ts'
import { eventCodes } from '../../../src/kernel/event-codes.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { silence } from '../../harness/recording-driver.ts'
import type { World } from '../../harness/world.ts'
import { anyArguments, call, inWorld, verdict } from '../../harness/world.ts'
import { authoritySession } from './authority-session.ts'
import { keepingSession } from './keeping-session.ts'
import { processSession } from './process-session.ts'
import { realmSession } from './realm-session.ts'

test('33: every declared event kind is really emitted, and every gate check really has a live call site', () =>
  inWorld(async (world) => {
    await session(world)
    const here = world.events().map(({ kind }) => kind)
    const kinds = new Set([...here, ...(await realmSession()), ...(await keepingSession())])
    const missing = Object.keys(eventCodes).filter((kind) => !kinds.has(kind as never))
    assert.deepEqual(missing, [], 'declared and never emitted')

    // Each stage of the gate has said no, or, for policy, whose one verdict is to ask, has asked.
    const refused = ofKind(world.events(), 'syscall.refused')
    const codes = new Set<string>(refused.map(({ body }) => body.code))
    const stages = {
      halted: ['halted'],
      canon: ['canon'],
      capability: [
        'not-held',
        'revoked',
        'expired',
        'exhausted',
        'rate-limited',
        'selector-not-granted',
        'argument-refused',
        'definition-changed',
      ],
      budget: ['driver-unavailable'],
      approval: ['approval-denied'],
      parsing: ['bad-arguments', 'bad-request'],
      deriving: ['too-broad', 'not-derivable', 'not-entitled'],
    }
    for (const [stage, expected] of Object.entries(stages)) {
      for (const code of expected) assert.ok(codes.has(code), `${stage}: nothing was refused as ${code}`)
    }
    const held = ofKind(world.events(), 'call.held')
    assert.ok(
      held.some(({ body }) => body.verdict.effect === 'ask'),
      'policy asked',
    )
    assert.ok(held.some(({ body }) => body.verdict.effect === 'allow' && body.demands.length > 0))
  }))

async function session(world: World): Promise<void> {
  const { operator } = world
  const bob = await world.agent('bob')
  const eve = await world.agent('eve')
  const use = (selector: string, handle: number, args = {}) =>
    bob.sdk.call({ selector, handle, arguments: args })

  const free = await world.grant(bob)
  const [counted, slow, brief] = [
    await world.grant(bob, { uses: 1 }),
    await world.grant(bob, { rate: { count: 1, perMs: 600_000 } }),
    await world.grant(bob, { expiresAt: Date.now() + 20_000, derivable: false }),
  ]
  const bound = await world.grant(bob, { where: { '*': { arguments: { n: { constraint: { eq: 1 } } } } } })
  for (const { handle } of [free, counted, slow, brief]) {
    assert.equal(verdict(await use('tools/read', handle)), 'done')
  }
  assert.equal(verdict(await use('tools/read', counted.handle)), 'exhausted')
  assert.equal(verdict(await use('tools/read', slow.handle)), 'rate-limited')
  assert.equal(verdict(await use('tools/read', bound.handle, { n: 2 })), 'argument-refused')
  assert.equal(verdict(await use('tools/buy', free.handle)), 'selector-not-granted')
  assert.equal(verdict(await use('tools/nothing', free.handle)), 'canon')
  assert.equal(verdict(await use('tools/read', 999)), 'not-held')
  const bad = await bob.sdk.call({ selector: 'tools/read', handle: free.handle, arguments: Buffer.from('[') })
  assert.equal(verdict(bad), 'bad-arguments')

  for (const [handle, caveats, holder] of [
    [free.handle, { selectors: ['tools/buy'] }, bob.process],
    [brief.handle, {}, bob.process],
    [free.handle, {}, eve.process],
  ] as const) {
    assert.ok(!(await bob.sdk.derive(handle, caveats, holder)).ok)
  }
  const child = await bob.sdk.derive(free.handle, {})
  assert.ok(child.ok && (await bob.sdk.revoke(child.value.capability)).ok)
  assert.equal(verdict(await use('tools/read', child.value.handle)), 'not-held')

  const parent = await world.wire(bob)
  const named = { name: 'part', boundary: 'none', tokenDigest: sha256Hex('part') }
  const spawned = await parent.request({ op: 'spawn', ...named })
  assert.ok(spawned.kind === 'reply')
  const ended = await parent.request({ op: 'end', process: spawned.header['process'] ?? 0, reason: 'done' })
  assert.equal(ended.kind, 'reply')
  parent.close()

  await processSession(world, eve)
  await authoritySession(world, bob)
  await holdAndDecide(world, bob)

  // The driver goes, comes back changed, comes back whole.
  await world.box.detach()
  assert.equal(verdict(await use('tools/read', free.handle)), 'driver-unavailable')
  const definitions = world.box.definitions.map((item) => ({ ...item, definition: { other: item.selector } }))
  const changed = await world.kernel.driver('box', definitions, silence as never)
  assert.equal(verdict(await use('tools/read', free.handle)), 'definition-changed')
  changed.close()
  await changed.closed

  await operator.must({ do: 'capability.revoke', capability: slow.capability })
  assert.equal(verdict(await use('tools/read', slow.handle)), 'revoked')
  await world.shiftClock(21_000)
  assert.equal(verdict(await use('tools/read', brief.handle)), 'expired')
  const must = async (command: Parameters<typeof operator.order>[0]) => {
    const answer = await operator.order(command, { time: world.now() })
    assert.equal(answer.kind, 'reply', JSON.stringify(answer))
  }
  await must({ do: 'process.kill', process: eve.process, reason: 'done with' })
  await must({ do: 'agent.remove', agent: eve.agent })
  const wire = await world.wire(bob)
  const storm = Array.from({ length: limits.refusalsPerWindow + 10 }, () => wire.request({ op: 'no such' }))
  await Promise.all(storm)
  // Past the window in which refusals are only counted.
  await world.shiftClock(limits.refusalWindowMs + 1)
  // An orderly stop writes down what was only counted.
  await world.kernel.stop()

  await world.start({ halt: { requestedAt: 1, requestedBy: 'test', reason: 'a drill' } }, false)
  bob.sdk = await world.attach(bob.token)
  assert.equal(verdict(await bob.sdk.call({ selector: 'tools/read', handle: free.handle })), 'halted')
  const [shown] = (await world.operator.query('drivers')) as readonly { program: Json; selectors: Json }[]
  const manifest = { program: shown?.program ?? null, selectors: shown?.selectors ?? null }
  for (const command of [
    { do: 'domain.resume' },
    { do: 'driver.update', driver: world.object, manifest },
    { do: 'driver.remove', driver: world.object },
  ]) {
    assert.equal((await world.operator.order(command, { time: world.now() })).kind, 'reply')
  }
}

async function holdAndDecide(world: World, bob: Awaited<ReturnType<World['agent']>>): Promise<void> {
  await world.grant(bob, { selectors: ['tools/buy'], where: anyArguments })
  const asking = await world.grant(bob, {
    selectors: ['tools/rule', 'tools/send'],
    where: anyArguments,
    ask: true,
  })
  const send = (n: number) =>
    bob.sdk.call({ selector: 'tools/send', handle: asking.handle, arguments: { n } })
  const decide = async (action: 'call.approve' | 'call.deny') => {
    const [shown] = await world.held()
    assert.ok(shown)
    await world.operator.must({ do: action, call: shown.call, digest: shown.digest, comment: '' })
    return shown
  }
  const bought = call(bob, 'tools/buy', {})
  await decide('call.approve')
  assert.equal(verdict(await bought), 'done')
  const sent = send(1)
  sent.catch(() => undefined)
  await world.held()
  await world.leave(bob)
  await decide('call.deny')
  bob.sdk = await world.attach(bob.token)
  assert.equal(verdict(await send(1)), 'approval-denied')
  const lapsing = send(2)
  await world.held()
  await world.operator.must({ do: 'capability.revoke', capability: asking.capability })
  assert.equal(verdict(await lapsing), 'revoked')
}
