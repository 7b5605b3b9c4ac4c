/** Attack card, line 27, on the wire: an agent tries every door to its own authority. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/base/json.ts'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { generateSigningKey, sign } from '../../../src/base/signature.ts'
import type { Answer } from '../../../src/wire/answer.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import { anyArguments, call, inWorld, verdict } from '../../harness/world.ts'

const digest = 'a'.repeat(64)

test('27: an agent cannot change its own policy, budget, trust or mode; every policy write is recorded', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const eve = await world.agent('eve')
    await world.grant(eve)
    const granted = await world.grant(bob, { selectors: ['tools/read', 'tools/rule'], uses: 5 })
    const wire = await world.wire(bob)
    const code = (answer: Answer) => (answer.kind === 'refusal' ? answer.refusal.code : answer.kind)
    const orders: readonly JsonObject[] = [
      {
        do: 'capability.grant',
        holder: bob.process,
        object: world.object,
        caveats: { selectors: ['tools/send'], where: anyArguments },
      },
      { do: 'capability.revoke', capability: 1 },
      { do: 'agent.add', name: 'mine', tokenDigest: digest },
      { do: 'agent.remove', agent: eve.agent },
      { do: 'driver.remove', driver: world.object },
      { do: 'driver.add', name: 'shell', manifest: { program: sh, selectors: [] } },
      { do: 'process.kill', process: eve.process, reason: '' },
      { do: 'call.approve', call: 1, digest, comment: '' },
      { do: 'call.deny', call: 1, digest, comment: '' },
      { do: 'domain.resume' },
    ]
    const before = world.events().length
    const views = ['capabilities', 'agents', 'operators', 'drivers', 'status'] as const
    const standing = async () => Promise.all(views.slice(0, 4).map((what) => world.operator.query(what)))
    const stood = JSON.stringify(await standing())
    const key = generateSigningKey()
    for (const command of orders) {
      const record = {
        command,
        domain: 'main',
        operator: 1,
        nonce: digest.slice(32),
        policyVersion: 'builtin-1',
        canonVersion: 1,
        time: Date.now(),
      }
      const bytes = Buffer.from(canonicalJson(record))
      // At its own door even a genuine order is not heard; at the operators' door its own key counts nothing.
      const genuine = { op: 'order', signature: sign(world.home.key, bytes) }
      assert.equal(code(await wire.request(genuine, bytes)), 'bad-request', JSON.stringify(command))
      assert.equal(code(await world.operator.order(command, {}, key)), 'signature-invalid')
      assert.equal(
        code(await world.operator.order(command, { operator: bob.agent }, key)),
        'signature-invalid',
      )
    }
    for (const what of views) assert.equal(code(await wire.request({ op: 'query', what })), 'bad-request')

    // What it holds it can only narrow; what it may never do nobody could have granted it.
    assert.equal(verdict(await call(bob, 'tools/rule', {}, world.object)), 'canon')
    assert.equal(verdict(await call(bob, 'client/sampling', {}, world.object)), 'canon')
    for (const op of ['grant', 'halt', 'resume', 'kill', 'policy', 'ping']) {
      assert.equal(code(await wire.request({ op, process: bob.process })), 'bad-request')
    }
    for (const caveats of [{ uses: 6 }, { selectors: ['tools/send'] }]) {
      const wider = await bob.sdk.derive(granted.handle, caveats)
      assert.equal(wider.ok ? 'ok' : wider.refusal.code, 'too-broad')
    }
    const given = await bob.sdk.derive(granted.handle, {}, eve.process)
    assert.equal(given.ok ? 'ok' : given.refusal.code, 'not-entitled')
    const others = await bob.sdk.revoke(granted.capability - 1)
    assert.equal(others.ok ? 'ok' : others.refusal.code, 'not-held')

    await world.fence()
    assert.deepEqual(world.box.seen, [])
    const since = world.events(before + 1)
    assert.ok(since.every(({ kind }) => !kind.startsWith('driver.')))
    const refusals = ofKind(since, 'syscall.refused')
    assert.ok(
      refusals.length === orders.length + views.length + 2 + 6 + 2 + 1 + 1,
      'each attempt is recorded',
    )
    assert.equal(ofKind(since, 'order.refused').length, 2 * orders.length)
    const changes = since.filter(({ kind }) =>
      /\.(added|removed|granted|revoked|killed|approved|resumed)$/.test(kind),
    )
    assert.ok(
      changes.every(({ actor }) => actor.kind === 'operator'),
      'only the fence’s own agent was added',
    )
    const agents = JSON.parse(stood) as readonly JsonObject[][]
    const now = (await standing()) as unknown as readonly JsonObject[][]
    assert.deepEqual(now[2], agents[2], 'operators')
    assert.equal(now[0]?.length, (agents[0]?.length ?? 0) + 1, 'one capability more: the fence’s')

    // Every change of authority says who ordered it, in bytes that verify.
    const ordered = world
      .events()
      .filter(({ kind }) => /^(agent|driver|capability)\.(added|granted)$/.test(kind))
    for (const { body } of ordered) {
      const { signed } = body as { readonly signed: { readonly record: string } }
      assert.equal((JSON.parse(signed.record) as JsonObject)['operator'], 1)
    }
  }))

const sh = { protocol: 'mcp-stdio', command: 'sh', args: [], cwd: '/', env: {} } as const
