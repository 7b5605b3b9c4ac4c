/**
 * The gateway is killed under its clients and started again by the supervisor. Clients of both eras go on: a
 * session keeps its id, requests after the restart are answered, and nothing was done twice.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { SupervisedHome } from '../../harness/supervised-home.ts'
import { supervised } from '../../harness/supervised-home.ts'
import { anyArguments, until } from '../../harness/world.ts'

const patienceMs = 60_000

interface Addressed {
  readonly url: string
  readonly pid: number
}

/** Where the gateway is once it serves as another process than `former`. */
async function gatewayOf(home: SupervisedHome, former = 0): Promise<Addressed> {
  const file = join(home.home.folder, 'run', 'gateway.json')
  return until(
    async () => {
      const unit = (await home.units()).find(({ kind }) => kind === 'gateway')
      if (unit?.pid === undefined || unit.pid === null || unit.pid === former || !existsSync(file))
        return null
      const { url } = JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }
      const answers = await fetch(url, { method: 'POST' }).catch(() => null)
      return answers === null ? null : { url, pid: unit.pid }
    },
    'the gateway to serve',
    patienceMs,
  )
}

test('clients of both eras outlive a gateway that is killed, and nothing is done twice', async () => {
  process.env['CUSTOS_PORT'] = '0'
  await supervised(async (home) => {
    const operator = await home.operator()
    const driver = await home.addLog(operator)
    const agent = await operator.addAgent('bob')
    const caveats = { selectors: ['tools/act'], where: anyArguments }
    await operator.must({ do: 'capability.grant', holder: agent.process, object: driver, caveats })
    await home.attached(operator, driver)
    const first = await gatewayOf(home)
    const open = async (mode: 'legacy' | { readonly pin: string }) => {
      const client = new Client({ name: 't', version: '1' }, { versionNegotiation: { mode } })
      const requestInit = { headers: { Authorization: `Bearer ${agent.token}` } }
      const transport = new StreamableHTTPClientTransport(new URL(first.url), { requestInit })
      await client.connect(transport)
      return { client, transport }
    }
    const clients = [await open('legacy'), await open({ pin: '2026-07-28' })]
    // Of an answer that was cut off in the middle, a client learns only by its own patience.
    const act = (by: string, timeout = patienceMs): Promise<unknown>[] =>
      clients.map(({ client }, index) =>
        client.callTool({ name: 'log__act', arguments: { by: `${by} ${index}` } }, { timeout }),
      )
    try {
      await Promise.all(act('before'))
      const session = clients[0]?.transport.sessionId
      const pid = first.pid
      process.kill(pid, 'SIGKILL')
      const second = await gatewayOf(home, pid)
      assert.equal(second.url, first.url)
      await Promise.all(act('after'))
      assert.equal(clients[0]?.transport.sessionId, session)
      assert.ok(session !== undefined)
      await killedInFlight(home, second, act)
      const effects = home.effects().map((line) => (JSON.parse(line) as { readonly by: string }).by)
      assert.equal(new Set(effects).size, effects.length, 'nothing twice')
      for (const by of ['before 0', 'before 1', 'after 0', 'after 1', 'last 0', 'last 1'])
        assert.ok(effects.includes(by), by)
    } finally {
      for (const { client } of clients) await client.close()
      operator.client.close()
    }
  })
})

/** Kills it while calls are under way: each is made or is not, and is answered or fails. */
async function killedInFlight(
  home: SupervisedHome,
  { pid }: Addressed,
  act: (by: string, timeout?: number) => Promise<unknown>[],
): Promise<void> {
  const under = Array.from({ length: 50 }, (_, round) => act(`during ${round}`, 5_000)).flat()
  await until(() => home.effects().some((line) => line.includes('during')) || null, 'the first effect')
  process.kill(pid, 'SIGKILL')
  await Promise.allSettled(under)
  await gatewayOf(home, pid)
  await Promise.all(act('last'))
}
