/**
 * Every pair of revisions through the gate: one list of scenarios, for each revision of the client with each of
 * the server, over HTTP on both sides and over pipes on both sides, and with the transports mixed. What the
 * specification does not have for a pair is said and counted, and never counted as passed.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callScenarios } from './call-scenarios.ts'
import { changeName, playChange } from './change-scenario.ts'
import { listScenarios } from './list-scenarios.ts'
import type { PairClient } from './pair-client.ts'
import type { Pair, Side } from './pair-world.ts'
import { PairWorld, revisions } from './pair-world.ts'
import { PairTable } from './pair-table.ts'

const scenarios = [...listScenarios, ...callScenarios]
const world = new PairWorld()
const table = new PairTable()
before(() => world.start())
after(() => world.stop())

/** Clients of one server: every revision over the server's own transport, one over the other. */
function clientsOf(server: Side): readonly Side[] {
  const own = revisions.map((revision): Side => ({ transport: server.transport, revision }))
  const other = server.transport === 'http' ? 'stdio' : 'http'
  const next = revisions[(revisions.indexOf(server.revision) + 1) % revisions.length] ?? server.revision
  return [...own, { transport: other, revision: server.revision }, { transport: other, revision: next }]
}

function words({ transport, revision }: Side): string {
  return `${revision} over ${transport}`
}

/** Plays every scenario that is (not) to be the last with each client. */
function playAll(server: Side, connected: Map<Side, PairClient>, isLast: boolean): void {
  for (const side of clientsOf(server)) {
    const pair: Pair = { client: side, server }
    for (const scenario of scenarios.filter((one) => (one.isLast === true) === isLast)) {
      const why = scenario.whyNot?.(pair) ?? null
      if (why !== null) {
        table.cannotBe(scenario.name, pair, why)
        continue
      }
      test(`with a client of ${words(side)}: ${scenario.name}`, async () => {
        table.failed(scenario.name, pair)
        const client = connected.get(side) ?? (await world.connect(pair))
        connected.set(side, client)
        await scenario.play(client, pair, world.decide)
        table.passed(scenario.name, pair)
      })
    }
  }
}

for (const transport of ['http', 'stdio'] as const) {
  for (const revision of revisions) {
    const server: Side = { transport, revision }
    describe(`a server of ${words(server)}`, { timeout: 120_000 }, () => {
      const connected = new Map<Side, PairClient>()
      after(() => Promise.all([...connected.values()].map((client) => client.close())))
      playAll(server, connected, false)
      test(`with all clients: ${changeName}`, async () => {
        for (const client of connected.keys()) table.failed(changeName, { client, server })
        await playChange([...connected.values()])
        for (const client of connected.keys()) table.passed(changeName, { client, server })
      })
      playAll(server, connected, true)
    })
  }
}

test('the table of pairs and scenarios is complete', (t) => {
  for (const line of table.lines()) t.diagnostic(line)
  const pairs = 2 * revisions.length * (revisions.length + 2)
  assert.equal(table.count, pairs * (scenarios.length + 1))
})
