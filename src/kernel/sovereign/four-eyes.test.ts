/** Two pairs of eyes, where the canon or a grant asks for them: then even a sovereign’s order waits for another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { firstEdition } from '../canon/first-edition.ts'
import type { Caveats } from '../capability/terms.ts'
import type { OrderAction } from '../command.ts'
import { SmallKernel, keyNamed } from '../../../test/harness/small-realm.ts'
import { kinds, smallManifest } from '../../../test/harness/small-domain.ts'

const addAgent = (name: string): OrderAction => ({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })

/** A kernel alone with ada as sovereign, bob as another and carol as co-operator. */
function alone(orders: readonly string[]): SmallKernel {
  const rules = [...firstEdition.rules, { rule: 'four-eyes', article: 'human-sovereignty', orders } as never]
  const founder = { operatorName: 'ada', operatorKey: keyNamed('ada') }
  const kernel = new SmallKernel('main', { ...founder, canon: { ...firstEdition, rules } })
  kernel.enrol('ada', 'bob', 'sovereign')
  kernel.enrol('ada', 'carol', 'co-operator')
  return kernel
}

function confirm(kernel: SmallKernel, by: string) {
  const [kept] = [...(kernel.state.proposals?.values() ?? [])]
  assert.ok(kept !== undefined, 'something was proposed')
  return kernel.order(by, { do: 'order.confirm', proposal: kept.id, digest: kept.digest })
}

test('an order that the canon names becomes a proposal whoever gives it, and any other operator seconds it', () => {
  for (const second of ['bob', 'carol']) {
    const kernel = alone(['agent.add'])
    assert.deepEqual(kinds(kernel.order('ada', addAgent('bot'))), ['order.proposed'])
    assert.equal(confirm(kernel, 'ada').refusal?.code, 'not-entitled', 'the same eyes twice')
    assert.deepEqual(kinds(confirm(kernel, second)), ['order.confirmed', 'agent.added'], second)
  }
})

test('a co-operator’s order is seconded by a sovereign there too', () => {
  const kernel = alone(['agent.add'])
  kernel.order('carol', addAgent('bot'))
  assert.deepEqual(kinds(confirm(kernel, 'bob')), ['order.confirmed', 'agent.added'])
})

test('what only lessens waits for nobody, even where the canon names it', () => {
  const kernel = alone(['agent.remove'])
  kernel.order('ada', addAgent('bot'))
  const [agent] = [...kernel.state.agents.keys()]
  assert.deepEqual(kinds(kernel.order('ada', { do: 'agent.remove', agent: agent ?? id(0) })), [
    'agent.removed',
  ])
})

test('a call under a grant that asks for four eyes is approved by two', () => {
  const kernel = alone([])
  kernel.order('ada', { do: 'driver.add', name: 'files', manifest: smallManifest() })
  const [driver] = [...kernel.state.drivers.keys()]
  const object = id<never>(driver ?? 0)
  const definitions = new Map(
    ['a', 'b', 'c'].map((name, at) => [smallManifest().selectors[at]?.selector ?? '', sha256Hex(name)]),
  )
  kernel.do({ kind: 'driver.attach', driver: object, definitions })
  kernel.order('ada', addAgent('bot'))
  const holder = [...kernel.state.agents.values()][0]?.process ?? id<never>(0)
  const caveats: Caveats = {
    selectors: ['tools/buy'],
    where: { '*': { arguments: {}, open: true } },
    ask: true,
    fourEyes: true,
  }
  kernel.order('ada', { do: 'capability.grant', holder, object, caveats })
  const held = kernel.do({
    kind: 'call.request',
    process: holder,
    designation: { object },
    selector: 'tools/buy',
    arguments: {},
    payload: { commitment: sha256Hex('{}'), length: 2, bytes: null },
    nonce: '0'.repeat(32),
    saltedDigest: () => sha256Hex('salt{}'),
  })
  const [event] = held.events
  assert.ok(event?.kind === 'call.held')
  const { call, approvalDigest: digest } = event.body
  assert.deepEqual(kinds(kernel.order('ada', { do: 'call.approve', call, digest, comment: '' })), [
    'order.proposed',
  ])
  assert.equal(confirm(kernel, 'ada').refusal?.code, 'not-entitled')
  assert.deepEqual(kinds(confirm(kernel, 'carol')), ['order.confirmed', 'call.approved', 'call.admitted'])
})
