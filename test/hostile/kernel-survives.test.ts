/**
 * Single requests, each allowed to whoever makes it, that once ended the kernel. Whoever holds no more than a
 * token or a driver's secret must not be able to stop the system for everybody.
 */
import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { sha256Hex } from '../../src/base/hash.ts'
import { limits } from '../../src/kernel/limits.ts'
import type { WireClient } from '../../src/wire/client.ts'
import { encodeFrame } from '../../src/wire/frame.ts'
import { ofKind } from '../harness/ledger-events.ts'
import { echo, silence } from '../harness/recording-driver.ts'
import type { World } from '../harness/world.ts'
import { call, inWorld, until, verdict } from '../harness/world.ts'

/** The kernel of this world is the one that was started first, and it answers. */
async function survived(world: World): Promise<void> {
  await world.fence()
  assert.equal(ofKind(world.events(), 'kernel.booted').length, 1)
  assert.equal(world.kernel.stderr, '')
}

test('a selector whose cut would halve a surrogate pair is refused and recorded', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const selector = `${'a'.repeat(limits.textLength - 1)}\u{1f600}`
    assert.equal(verdict(await call(bob, selector, {}, world.object)), 'not-held')
    const [refused] = ofKind(world.events(), 'syscall.refused')
    assert.ok(refused?.body.selector.isWellFormed())
    await survived(world)
  }))

test('an adapter’s last words are recorded whatever they are', () =>
  inWorld(async (world) => {
    await world.box.detach()
    const socket = createConnection(world.home.socket('driver'))
    const secret = world.kernel.units.find(({ name }) => name === 'box')?.secret ?? ''
    const body = Buffer.from('[]')
    socket.write(encodeFrame({ kind: 'hello', correlation: 0, header: { protocol: 1, secret }, body }))
    // Cut where the ledger's sentence about it ends, this reason would lose half of its last character.
    const header = { reason: 'x'.repeat(274) + '\u{1f600}'.repeat(100) }
    socket.write(encodeFrame({ kind: 'goodbye', correlation: 0, header, body: new Uint8Array() }))
    await until(() => (ofKind(world.events(), 'driver.detached').length === 2 ? true : null), 'it to be gone')
    socket.destroy()
    await world.box.attach(world.kernel)
    await survived(world)
  }))

test('revoking what thousands of calls in flight stand on is answered', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const granted = await world.grant(bob)
    await world.box.detach()
    await world.box.attach(world.kernel, 16_384)
    world.box.behaviour = silence
    const wire = await world.wire(bob)
    const header = { op: 'call', selector: 'tools/read', handle: granted.handle }
    const flying = Array.from({ length: 4000 }, () => wire.request(header, Buffer.from('{}')))
    await until(() => (world.box.seen.length === flying.length ? true : null), 'all to be in flight')
    const revoked = await world.operator.must({ do: 'capability.revoke', capability: granted.capability })
    assert.equal(revoked['cut'], flying.length)
    for (const answer of await Promise.all(flying)) {
      assert.equal(answer.kind === 'reply' && answer.header['outcome'], 'cancelled')
    }
    await survived(world)
  }))

test('what is held can be shown: as many as there may be, and none that is too large to be seen', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob, { ask: true })
    assert.equal(verdict(await call(bob, 'tools/send', { text: 'y'.repeat(1_000_000) })), 'limit')
    for (let n = 0; n < 5; n++) {
      void call(bob, 'tools/send', { n, text: 'y'.repeat(limits.heldArgumentsLength - 50) })
    }
    await until(() => (ofKind(world.events(), 'call.held').length === 5 ? true : null), 'five to be held')
    const shown: number[] = []
    for (let after: number | null = 0; after !== null;) {
      const answer = await world.operator.client.request({ op: 'query', what: 'approvals', after })
      assert.equal(answer.kind, 'reply')
      if (answer.kind !== 'reply') return
      for (const item of JSON.parse(Buffer.from(answer.body).toString()) as readonly { call: number }[])
        shown.push(item.call)
      after = answer.header['next'] as number | null
    }
    assert.deepEqual(shown, [1, 2, 3, 4, 5])
    await survived(world)
  }))

test('what calls under way bring along is bounded, and is given back', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    await world.grant(bob)
    await world.box.detach()
    await world.box.attach(world.kernel, 16_384)
    world.box.behaviour = silence
    const wires = await Promise.all(Array.from({ length: 10 }, () => world.wire(bob)))
    const body = Buffer.from(JSON.stringify({ text: 'y'.repeat(1_000_000) }))
    const header = { op: 'call', selector: 'tools/read', object: world.object }
    const codes: string[] = []
    // Ten on each connection: more would be more than a connection may have waiting to be sent.
    const parked = wires.flatMap((wire) =>
      Array.from({ length: 10 }, async () => {
        const answer = await wire.request(header, body)
        codes.push(answer.kind === 'refusal' ? answer.refusal.code : answer.kind)
      }),
    )
    const isDecided = () => (codes.length + world.box.seen.length === 100 ? true : null)
    await until(isDecided, 'all to be decided')
    assert.deepEqual([...new Set(codes)], ['limit'])
    assert.ok(world.box.seen.length >= 60 && world.box.seen.length < 70, `${world.box.seen.length} under way`)
    for (const wire of wires) wire.close()
    await Promise.all(parked)
    world.box.behaviour = echo
    assert.equal(verdict(await call(bob, 'tools/read', body)), 'done')
    await survived(world)
  }))

test('what calls of an agent’s children bring along is bounded together, and leaves the agent its own', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const { handle } = await world.grant(bob)
    await world.box.detach()
    await world.box.attach(world.kernel, 16_384)
    world.box.behaviour = silence
    const parent = await world.wire(bob)
    const body = Buffer.from(JSON.stringify({ text: 'y'.repeat(1_000_000) }))
    const header = { op: 'call', selector: 'tools/read', object: world.object }
    const codes: string[] = []
    const ask = async (wire: WireClient): Promise<void> => {
      const answer = await wire.request(header, body)
      codes.push(answer.kind === 'refusal' ? answer.refusal.code : answer.kind)
    }
    const wires: WireClient[] = []
    for (let n = 0; n < 10; n++) {
      const tokenDigest = sha256Hex(`custos_child_${n}`)
      const made = await parent.request({ op: 'spawn', name: 'make', boundary: '', tokenDigest })
      assert.equal(made.kind, 'reply')
      const holder = made.kind === 'reply' ? (made.header['process'] ?? 0) : 0
      await parent.request({ op: 'derive', handle, holder }, Buffer.from('{}'))
      wires.push(await world.kernel.agent(`custos_child_${n}`))
    }
    const parked = wires.flatMap((wire) => Array.from({ length: 10 }, () => ask(wire)))
    const isDecided = () => (codes.length + world.box.seen.length === 100 ? true : null)
    await until(isDecided, 'all to be decided')
    assert.deepEqual([...new Set(codes)], ['limit'])
    assert.ok(world.box.seen.length >= 60 && world.box.seen.length < 70, `${world.box.seen.length} under way`)
    const before = world.box.seen.length
    const own = ask(parent)
    await until(() => (world.box.seen.length > before ? true : null), 'the agent’s own call')
    for (const wire of wires) wire.close()
    await Promise.all(parked)
    world.box.behaviour = echo
    const child = await world.kernel.agent('custos_child_0')
    await until(
      async () => ((await child.request(header, body)).kind === 'reply' ? true : null),
      'room again',
    )
    parent.close()
    await own
    await survived(world)
  }))

test('a list of capabilities that is too long is refused before it is made', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    let { handle } = await world.grant(bob)
    const eq = 'y'.repeat(limits.derivedCaveatsLength - 200)
    const terms = { where: { '*': { arguments: { x: { constraint: { eq } } }, open: true } } } as const
    for (let depth = 0; depth < 20; depth++) {
      const derived = await bob.sdk.derive(handle, terms)
      assert.ok(derived.ok, JSON.stringify(derived))
      handle = derived.value.handle
    }
    const wire = await world.wire(bob)
    const listed = await wire.request({ op: 'capabilities' })
    assert.equal(listed.kind === 'refusal' && listed.refusal.code, 'limit')
    await survived(world)
  }))

test('terms that are too long are not derived with, and a refusal does not repeat them at length', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const { handle } = await world.grant(bob)
    const terms = (length: number) => ({
      where: { '*': { arguments: { x: { constraint: { eq: 'y'.repeat(length) } } } } },
    })
    const long = await bob.sdk.derive(handle, terms(limits.derivedCaveatsLength))
    assert.equal(long.ok ? 'ok' : long.refusal.code, 'bad-request')
    const fitting = await bob.sdk.derive(handle, terms(limits.derivedCaveatsLength - 100))
    assert.ok(fitting.ok)
    const use = { selector: 'tools/read', handle: fitting.value.handle, arguments: { x: 1 } }
    assert.equal(verdict(await bob.sdk.call(use)), 'argument-refused')
    const refused = ofKind(world.events(), 'syscall.refused').at(-1)
    assert.ok((refused?.body.needed.length ?? 0) <= limits.textLength)
    await survived(world)
  }))

test('large requests that arrive in the same instant are more than one batch', () =>
  inWorld(async (world) => {
    const bob = await world.agent('bob')
    const { handle } = await world.grant(bob)
    const eq = 'y'.repeat(limits.derivedCaveatsLength - 200)
    const body = Buffer.from(
      JSON.stringify({ where: { '*': { arguments: { x: { constraint: { eq } } }, open: true } } }),
    )
    const wires = await Promise.all(Array.from({ length: 40 }, () => world.wire(bob)))
    world.kernel.child.kill('SIGSTOP')
    const answers = wires.flatMap((wire) =>
      Array.from({ length: 15 }, () => wire.request({ op: 'derive', handle }, body)),
    )
    await pause(200)
    world.kernel.child.kill('SIGCONT')
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind)
    assert.ok(!kinds.includes('lost'), world.kernel.stderr)
    assert.equal(kinds.filter((kind) => kind === 'reply').length, limits.derivationsPerWindow)
    await survived(world)
  }))
