/**
 * What the gate costs an MCP client: the same call of the same real server, with the gate between and without.
 * The gated call crosses three more processes and is durable before it leaves and before its answer returns.
 */
import { fileURLToPath } from 'node:url'
import { connectAgent } from '../../src/sdk/index.ts'
import { closedLoop } from '../measure/closed-loop.ts'
import type { Contest, OpenSuite, Suite } from '../measure/contest.ts'
import { driverName, openGatedServer, serverProgram, toolName } from './gated-server.ts'
import { openSessionClient } from './session-client.ts'
import { openStdioClient } from './stdio-client.ts'

const levels = [1, 64]
const cli = fileURLToPath(new URL('../../bin/custos.mjs', import.meta.url))

/** The suite named `mcp`. */
export const mcpSuite: Suite = { name: 'mcp', open: openMcpSuite }

async function openMcpSuite(sliceMs: number): Promise<OpenSuite> {
  const gated = await openGatedServer()
  const { folder } = gated
  const env = { CUSTOS_TOKEN: gated.token, CUSTOS_HOME: gated.home.home.folder }
  const bare = await openStdioClient(serverProgram(folder).args, toolName)
  const session = await openSessionClient(serverProgram(folder), toolName)
  const through = await openStdioClient([cli, 'mcp', '--agent', 'bob'], `${driverName}__${toolName}`, env)
  const agent = await connectAgent({ home: gated.home.home.folder, token: gated.token })
  const tool = agent.tool(driverName, toolName)
  const asAgent = async (): Promise<void> => {
    const answer = await tool()
    if (!answer.ok || answer.outcome !== 'done') throw new Error(JSON.stringify(answer))
  }
  const contests = levels.map((inFlight): Contest => {
    const loop = (call: () => Promise<void>) => () => closedLoop(call, inFlight, sliceMs)
    return {
      title: `${inFlight} in flight`,
      unit: 'calls',
      ours: [
        { name: 'official client through the gate', slice: loop(through.call) },
        { name: 'SDK agent through the gate', slice: loop(asAgent) },
        { name: 'adapter’s session, no kernel', slice: loop(session.call) },
      ],
      references: [{ name: 'official client, no gate', slice: loop(bare.call) }],
    }
  })
  return {
    contests,
    async close() {
      agent.close()
      await through.close()
      await bare.close()
      await session.close()
      await gated.close()
    },
  }
}
