/** The kernel’s own part in a halt inside its domain, with the test as its supervisor. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import { KernelProcess, TestHome } from '../../harness/kernel-process.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { until } from '../../harness/world.ts'

const definitions = [{ selector: 'tools/act', definition: { name: 'act' }, effect: 'act' }] as const

interface World {
  readonly home: TestHome
  readonly kernel: KernelProcess
  readonly notices: JsonObject[]
}

async function inWorld(use: (world: World) => Promise<void>, body?: Uint8Array): Promise<void> {
  const home = new TestHome()
  const notices: JsonObject[] = []
  const onNotice = (header: JsonObject): void => void notices.push(header)
  const kernel = await KernelProcess.start(home, { onNotice, ...(body === undefined ? {} : { body }) })
  try {
    await use({ home, kernel, notices })
  } finally {
    await kernel.kill()
    home.remove()
  }
}

const request = { requestedAt: 1_700_000_000_000, requestedBy: 'ada', reason: 'odd' }

test('a halt is answered at once, cancels what is under way, and says what cannot be undone; another’s call goes on', () =>
  inWorld(async ({ home, kernel, notices }) => {
    const operator = await kernel.operator()
    const log = await operator.addDriver('log', definitions)
    const answers: (() => void)[] = []
    await kernel.driver(
      'log',
      definitions,
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve({ kind: 'reply', header: { outcome: 'done' } }))
        }),
    )
    const caveats = { selectors: ['tools/act'], where: { '*': { arguments: {}, open: true } } }
    const people = [await operator.addAgent('bob'), await operator.addAgent('eve')] as const
    for (const { process } of people)
      await operator.must({ do: 'capability.grant', holder: process, object: log, caveats })
    const [bob, eve] = people
    const call = { op: 'call', object: log, selector: 'tools/act' }
    const [his, hers] = [await kernel.agent(bob.token), await kernel.agent(eve.token)]
    const [stopped, other] = [his.request(call, Buffer.from('{}')), hers.request(call, Buffer.from('{}'))]
    await until(() => (answers.length === 2 ? true : null), 'both calls to be dispatched')
    const scope = { agent: bob.agent }
    assert.equal((await kernel.request({ op: 'halt', scope, ...request })).kind, 'reply')
    const ended = await stopped
    assert.equal(ended.kind === 'reply' ? ended.header['outcome'] : ended.kind, 'cancelled')
    const after = await his.request(call, Buffer.from('{}'))
    assert.equal(after.kind === 'refusal' ? after.refusal.code : after.kind, 'halted')
    for (const answer of answers) answer()
    const settled = await other
    assert.equal(settled.kind === 'reply' ? settled.header['outcome'] : settled.kind, 'done')
    const effect = { trees: 1, survivors: 0, killMicros: 900, deadMicros: 20_000 }
    await kernel.request({ op: 'halt-report', scope, ...request, ...effect })
    await operator.must({ do: 'scope.resume', scope })
    await until(() => notices.find(({ event }) => event === 'resumed') ?? null, 'the supervisor to be told')
    assert.equal(notices.find(({ event }) => event === 'resumed')?.['requestedAt'], request.requestedAt)
    const [first, second] = ofKind(ledgerEvents(home.ledger), 'scope.halted')
    assert.equal(first?.body.inFlight.length, 1)
    assert.deepEqual(first?.body.left, first?.body.inFlight)
    assert.deepEqual([second?.cause, second?.body.deadMicros], [first?.seq, 20_000])
  }))

test('halts that the supervisor tells first are in force before anybody is served, and one that was resumed is not', async () => {
  const home = new TestHome()
  const first = await KernelProcess.start(home)
  const operator = await first.operator()
  const [bob, eve] = [await operator.addAgent('bob'), await operator.addAgent('eve')]
  await first.request({ op: 'halt', scope: { agent: eve.agent }, ...request })
  await operator.must({ do: 'scope.resume', scope: { agent: eve.agent } })
  await first.kill()
  const halts = [bob, eve].map(({ agent }) => ({ scope: { agent }, ...request, trees: 2, survivors: 1 }))
  const notices: JsonObject[] = []
  const second = await KernelProcess.start(home, {
    body: Buffer.from(JSON.stringify({ halts, statement: null })),
    onNotice: (header) => void notices.push(header),
  })
  const spawn = { op: 'spawn', name: 'x', tokenDigest: sha256Hex('x'), boundary: '' }
  const refused = await (await second.agent(bob.token)).request(spawn)
  assert.equal(refused.kind === 'refusal' ? refused.refusal.code : refused.kind, 'halted')
  assert.equal((await (await second.agent(eve.token)).request(spawn)).kind, 'reply')
  const over = await until(() => notices.find(({ event }) => event === 'resumed') ?? null, 'what is over')
  assert.deepEqual({ ...(over['scope'] as JsonObject) }, { agent: eve.agent })
  await second.kill()
  home.remove()
})

test('a message about a halt that names no scope is refused, and a drill is recorded once a second at most', () =>
  inWorld(async ({ home, kernel }) => {
    for (const scope of [null, {}, { agent: 0 }, { agent: 1, process: 1 }, { driver: 1 }, 'agent-1'])
      assert.equal((await kernel.request({ op: 'halt', scope, ...request })).kind, 'refusal')
    const drill = { op: 'drill', scope: {}, requestedBy: 'ada', problems: ['slow'], killMicros: 1 }
    // Both at once: between two that wait for each other a busy machine may let a second pass.
    const answers = await Promise.all([kernel.request(drill), kernel.request(drill)])
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['reply', 'refusal'],
    )
    // It was durable when the supervisor was answered.
    const [recorded, another] = ofKind(ledgerEvents(home.ledger), 'drill.recorded')
    assert.deepEqual(
      [recorded?.body.problems, recorded?.actor.kind, another],
      [['slow'], 'supervisor', undefined],
    )
  }))
