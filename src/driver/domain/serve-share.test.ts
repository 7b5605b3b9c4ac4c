import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Actor } from '../../../test/harness/world.ts'
import { echo } from '../../../test/harness/recording-driver.ts'
import type { World } from '../../../test/harness/world.ts'
import { inWorld, until } from '../../../test/harness/world.ts'
import { sharedDefinition } from './shared-selector.ts'
import { serveShare } from './serve-share.ts'

/** Two kernels: `giving` has the driver `box`, and `taking` has it as the driver `domain-a`. */
interface Two {
  readonly giving: World
  readonly taking: World
  /** The agent that stands for the taker in the giving domain. */
  readonly stand: Actor
  readonly object: number
  readonly user: Actor
  readonly ended: Promise<string>
}

const offered = ['tools/read', 'tools/write', 'tools/send']

function pinned(selector: string): JsonObject & { readonly selector: string } {
  const definition = { name: selector.slice('tools/'.length) }
  const shared = sharedDefinition('box', { selector, definition })
  assert.ok(shared !== null)
  return {
    selector: shared.selector,
    digest: sha256Hex(canonicalJson(shared.definition)),
    effect: 'change',
  }
}

async function shared(
  body: (two: Two) => Promise<void>,
  granted: readonly string[] = offered,
): Promise<void> {
  await inWorld(async (giving) => {
    await inWorld(async (taking) => {
      const stand = await giving.agent('domain-b')
      await giving.grant(stand, { selectors: granted })
      const manifest = { program: { protocol: 'domain', domain: 'a' }, selectors: offered.map(pinned) }
      const made = await taking.operator.must({ do: 'driver.add', name: 'domain-a', manifest })
      const object = made['driver'] as number
      const user = await taking.agent('user')
      await taking.grant(user, { selectors: offered.map((one) => pinned(one).selector) }, object)
      const stop = new AbortController()
      const ended = serveShare({
        driverSocket: taking.home.socket('driver'),
        secret: await secretOf(taking, 'domain-a'),
        from: 'a',
        agentSocket: giving.home.socket('agent'),
        token: stand.token,
        signal: stop.signal,
      })
      await attached(taking, object)
      try {
        await body({ giving, taking, stand, object, user, ended })
      } finally {
        stop.abort()
        await ended
      }
    })
  })
}

function secretOf({ kernel }: World, name: string): Promise<string> {
  return until(
    async () => kernel.units.find((unit) => unit.name === name)?.secret ?? null,
    'the driver to be announced',
  )
}

async function attached({ operator }: World, object: number, wanted = true): Promise<void> {
  await until(
    async () => {
      const drivers = (await operator.query('drivers')) as readonly JsonObject[]
      return drivers.some((item) => item['driver'] === object && item['attached'] === wanted) || null
    },
    `the driver to be ${wanted ? 'attached' : 'gone'}`,
  )
}

test('a call crosses with its very bytes, through both gates and into both ledgers', () =>
  shared(async ({ giving, taking, object, user, stand }) => {
    const bytes = Buffer.from('{ "path" : "/a",  "n":1 }')
    const answer = await user.sdk.call({ object, selector: 'tools/box__read', arguments: bytes })
    assert.equal(answer.ok && answer.outcome, 'done')
    assert.deepEqual(giving.box.bodies, [bytes.toString()])
    const there = giving.events().filter(({ kind }) => kind === 'call.admitted')
    const here = taking.events().filter(({ kind }) => kind === 'call.admitted')
    assert.equal(there.length, 1)
    assert.equal(here.length, 1)
    assert.equal(there[0]?.actor.id, stand.process, 'over there it is the agent that stands for this domain')
  }))

test('what is not granted over there is refused over there, whatever is granted here', () =>
  shared(
    async ({ giving, object, user }) => {
      const answer = await user.sdk.call({ object, selector: 'tools/box__write' })
      assert.ok(!answer.ok || answer.outcome !== 'done')
      assert.deepEqual(giving.box.bodies, [])
    },
    ['tools/read'],
  ))

test('a revocation over there ends it at the very next call', () =>
  shared(async ({ giving, object, user, stand }) => {
    assert.equal((await user.sdk.call({ object, selector: 'tools/box__read' })).ok, true)
    const [held] = await stand.sdk.capabilities()
    await giving.operator.must({ do: 'capability.revoke', capability: held?.capability ?? 0 })
    const answer = await user.sdk.call({ object, selector: 'tools/box__read' })
    assert.ok(!answer.ok || answer.outcome === 'failed')
    assert.equal(giving.box.bodies.length, 1)
  }))

test('a withdrawn call is withdrawn over there as well', () =>
  shared(async ({ giving, object, user }) => {
    giving.box.behaviour = ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve({ kind: 'reply', header: { outcome: 'failed', reason: 'stopped' } })
        })
      })
    const withdraw = new AbortController()
    const call = user.sdk.call({ object, selector: 'tools/box__send', signal: withdraw.signal })
    const seen = await until(async () => giving.box.seen[0] ?? null, 'the call to arrive')
    withdraw.abort()
    await call
    await until(async () => seen.signal.aborted || null, 'the call to be withdrawn over there')
  }))

test('an end of the giving kernel leaves the call in doubt, and the share comes back with the kernel', () =>
  shared(async ({ giving, taking, object, user }) => {
    giving.box.behaviour = () => new Promise(() => undefined)
    const call = user.sdk.call({ object, selector: 'tools/box__send' })
    await until(async () => giving.box.seen[0] ?? null, 'the call to arrive')
    await giving.crash()
    const answer = await call
    assert.equal(answer.ok && answer.outcome, 'in-doubt')
    giving.box.behaviour = echo
    await attached(taking, object)
    const again = await until(async () => {
      const next = await user.sdk.call({ object, selector: 'tools/box__read' })
      return next.ok && next.outcome === 'done' ? next : null
    }, 'the share to be back')
    assert.equal(again.outcome, 'done')
  }))

test('the adapter ends when the agent that stands for its domain is removed', () =>
  shared(async ({ giving, stand, ended }) => {
    await giving.operator.must({ do: 'agent.remove', agent: stand.agent })
    assert.match(await ended, /shares nothing any more/)
  }))
