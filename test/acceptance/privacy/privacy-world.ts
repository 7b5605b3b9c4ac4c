/** A home with a driver that says what it is told, and agents who tell it secrets of two people. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Agent } from '../../../src/sdk/agent.ts'
import { connectAgent } from '../../../src/sdk/agent.ts'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { atCommandLine } from '../../harness/command-line-home.ts'
import { until } from '../../harness/world.ts'

const echoServer = `
import { createInterface } from 'node:readline'
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize')
    return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'e', version: '1' } } })
  if (method === 'tools/list')
    return send({ id, result: { tools: [{ name: 'say', inputSchema: { type: 'object' } }] } })
  if (method !== 'tools/call') return id === undefined ? undefined : send({ id, error: { code: -32601, message: 'no' } })
  const { text, fail } = params.arguments
  if (fail) return send({ id, error: { code: -32000, message: 'cannot ' + text } })
  send({ id, result: { content: [{ type: 'text', text }] } })
})
`

/** What the tests do with a home. */
export interface PrivacyWorld {
  readonly home: CommandLineHome
  /** Adds an agent that may use the driver, about `subject` where one is named, and attaches as it. */
  readonly agent: (name: string, subject?: string) => Promise<Agent>
  /** What a command prints with `--json`, which must succeed. */
  readonly json: (...words: readonly string[]) => Promise<never>
  /** All events, without their payloads. */
  readonly events: () => Promise<readonly Told[]>
}

/** An event as it is exported. */
export interface Told {
  readonly seq: number
  readonly kind: string
  readonly body: JsonObject
}

/** Runs `body` in such a home, and leaves nothing behind. */
export async function inPrivacyWorld(body: (world: PrivacyWorld) => Promise<void>): Promise<void> {
  await atCommandLine(async (home) => {
    const server = home.write('echo.mjs', echoServer)
    await home.must('driver', 'add', 'echo', '--', process.execPath, server)
    const agents: Agent[] = []
    const world: PrivacyWorld = {
      home,
      async agent(name, subject) {
        const file = join(home.folder, `${name}.token`)
        const about = subject === undefined ? [] : ['--subject', subject]
        await home.must('agent', 'add', name, '--token-file', file, ...about)
        await home.must('grant', name, 'echo', 'say', '--open')
        const agent = await connectAgent({ home: home.home, token: readFileSync(file, 'utf8').trim() })
        agents.push(agent)
        return agent
      },
      json: async (...words) => JSON.parse((await home.must(...words, '--json')).stdout) as never,
      async events() {
        const { stdout } = await home.must('ledger', 'export')
        return stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Told)
      },
    }
    try {
      await body(world)
    } finally {
      for (const agent of agents) agent.close()
    }
  })
}

/** Says `text` through the driver once that runs, and fails unless it comes back. */
export function say(agent: Agent, text: string): Promise<number> {
  return until(async () => {
    const answer = await agent.call({ object: 'echo', selector: 'tools/say', arguments: { text } })
    if (answer.ok) return answer.seq
    if (answer.refusal.code === 'driver-unavailable') return null
    throw new Error(answer.refusal.message)
  }, 'the driver to run')
}
