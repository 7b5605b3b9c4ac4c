/**
 * A real MCP server behind the whole product as it is shipped: supervisor, kernel, adapter, in a temporary
 * home. The call that is measured asks the official filesystem server which folders it may use: its answer
 * costs the server nothing but the protocol, so what is measured is the way there and back.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SupervisedHome } from '../../test/harness/supervised-home.ts'
import { probeDriver } from '../../src/driver/probe.ts'
import { launchInGroup } from '../../src/driver/program.ts'
import type { StdioProgram } from '../../src/kernel/manifest.ts'

/** The measured tool, and the name of its driver. */
export const toolName = 'list_allowed_directories'
/** The driver's name. */
export const driverName = 'files'

const packageFile = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-filesystem/package.json',
)

/** The official filesystem server, for one folder. */
export function serverProgram(folder: string): StdioProgram {
  const server = join(dirname(packageFile), 'dist', 'index.js')
  return { protocol: 'mcp-stdio', command: process.execPath, args: [server, folder], cwd: folder, env: {} }
}

/** A home that serves one agent and one real server. */
export interface GatedServer {
  readonly home: SupervisedHome
  readonly token: string
  /** The server's own folder. */
  readonly folder: string
  close(): Promise<void>
}

/** Starts everything and grants the one tool. */
export async function openGatedServer(): Promise<GatedServer> {
  const home = new SupervisedHome()
  const { work: folder } = home.home
  const program = serverProgram(folder)
  const offer = await probeDriver(program, { launch: launchInGroup })
  if (!offer.ok) throw new Error(offer.error.message)
  await home.start()
  const operator = await home.operator()
  const manifest = { program, selectors: offer.value.selectors }
  const { driver = 0 } = await operator.must({ do: 'driver.add', name: driverName, manifest } as never)
  await home.attached(operator, Number(driver))
  const { token, process: holder } = await operator.addAgent('bob')
  const where = { '*': { arguments: {}, open: true } }
  const caveats = { selectors: [`tools/${toolName}`], where }
  await operator.must({ do: 'capability.grant', holder, object: driver, caveats })
  operator.client.close()
  return { home, token, folder, close: () => home.remove() }
}
