/**
 * What a campaign needs before it begins: the recording server as a driver, added as an operator adds one, by
 * what it really offers; and agents with capabilities that leave some of their calls refused.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../src/base/json.ts'
import { probeDriver } from '../../src/driver/probe.ts'
import { launchInGroup } from '../../src/driver/program.ts'
import { connectWire } from '../../src/wire/client.ts'
import type { TestHome } from '../harness/kernel-process.ts'
import { TestOperator } from '../harness/kernel-process.ts'
import type { LoadAgent } from './load.ts'

const server = fileURLToPath(new URL('recording-server.mjs', import.meta.url))
const startLimitMs = 90_000

/** Where the recording server of a home writes what happened. */
export function effectsFile(home: TestHome): string {
  return join(home.work, 'effects')
}

/** Adds the driver, and `count` agents whose counted capability has `uses` uses. */
export async function furnish(home: TestHome, count: number, uses: number): Promise<readonly LoadAgent[]> {
  const operator = await reachOperator(home)
  const program = {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [server, effectsFile(home)],
    cwd: home.work,
    env: {},
    boundary: { readable: [], writable: [home.work] },
  } as const
  const offer = await probeDriver(program, { launch: launchInGroup })
  if (!offer.ok) throw new Error(`the recording server offers nothing: ${offer.error.message}`)
  const selectors = offer.value.selectors.map((pinned) => ({ ...pinned }))
  const manifest: JsonObject = { program, selectors }
  const added = await operator.must({ do: 'driver.add', name: 'recorder', manifest })
  const agents: LoadAgent[] = []
  for (let number = 1; number <= count; number++) {
    const name = `agent${number}`
    const { token, process: holder } = await operator.addAgent(name)
    const grant = async (caveats: JsonObject): Promise<number> => {
      const object = added['driver'] as number
      return (await operator.must({ do: 'capability.grant', holder, object, caveats }))['handle'] as number
    }
    const notes = { arguments: { id: { constraint: { prefix: 'n-' } } }, open: true } as const
    const plain = await grant({ selectors: ['tools/note', 'tools/stumble'], where: { '*': notes } })
    const counted = await grant({ selectors: ['tools/note'], where: { '*': notes }, uses })
    agents.push({ home: home.folder, name, token, plain, counted })
  }
  operator.client.close()
  return agents
}

async function reachOperator(home: TestHome): Promise<TestOperator> {
  const deadline = performance.now() + startLimitMs
  for (;;) {
    const wire = await connectWire(home.socket('operator'), { protocol: 1 })
    if (wire.ok) return new TestOperator(home, wire.value)
    if (performance.now() > deadline) throw new Error(`the kernel does not serve: ${wire.error.message}`)
    await pause(50)
  }
}
