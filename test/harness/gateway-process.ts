/**
 * The real gateway in its own process, and real MCP clients of every era and transport in front of it: the
 * official SDK's, as anybody would use them.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClientOptions } from '@modelcontextprotocol/client'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { TestHome } from './kernel-process.ts'

const entry = fileURLToPath(new URL('../../src/gateway/main.ts', import.meta.url))
const cli = fileURLToPath(new URL('../../bin/custos.mjs', import.meta.url))

/** How a client opens: with the handshake, by trying, or without it. */
export type Opening = 'legacy' | 'auto' | 'modern'

/** A running gateway. */
export class GatewayProcess {
  readonly home: TestHome
  readonly url: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(home: TestHome, child: ChildProcess, url: string) {
    this.home = home
    this.url = url
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('exit', resolve))
  }

  /** Starts one on any free port, or on `port`. */
  static async start(home: TestHome, port = 0, env: NodeJS.ProcessEnv = {}): Promise<GatewayProcess> {
    const file = join(home.folder, 'run', 'gateway.json')
    rmSync(file, { force: true })
    const child = spawn(process.execPath, [entry, '--home', home.folder], {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, CUSTOS_PORT: String(port), ...env },
    })
    while (!existsSync(file)) {
      if (child.exitCode !== null) throw new Error('the gateway did not start')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string }
    return new GatewayProcess(home, child, url)
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
  }

  /** A client over HTTP; `path` is what follows `/mcp`. */
  client(token: string, opening: Opening, options: ClientOptions = {}, path = ''): Promise<Client> {
    const headers = { Authorization: `Bearer ${token}` }
    const transport = new StreamableHTTPClientTransport(new URL(`${this.url}${path}`), {
      requestInit: { headers },
    })
    return connected(transport, opening, options)
  }
}

/** A client that starts `custos mcp` itself. */
export function stdioClient(
  home: TestHome,
  { agent, token, driver }: { agent: string; token: string; driver?: string },
  opening: Opening,
  options: ClientOptions = {},
): Promise<Client> {
  const only = driver === undefined ? [] : ['--driver', driver]
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cli, 'mcp', '--agent', agent, ...only, '--home', home.folder],
    env: { CUSTOS_TOKEN: token, PATH: process.env['PATH'] ?? '' },
    stderr: 'inherit',
  })
  return connected(transport, opening, options)
}

async function connected(
  transport: StreamableHTTPClientTransport | StdioClientTransport,
  opening: Opening,
  options: ClientOptions,
): Promise<Client> {
  const mode = opening === 'modern' ? { pin: '2026-07-28' } : opening
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: {}, ...options, versionNegotiation: { mode } },
  )
  await client.connect(transport)
  return client
}
