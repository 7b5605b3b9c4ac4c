/**
 * The product as a person sets it up, by its commands alone, with real servers from npm as drivers and real
 * clients at its door. Servers are told to keep to themselves: none may reach anything but loopback.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClientOptions } from '@modelcontextprotocol/client'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { CommandLineHome } from '../../harness/command-line-home.ts'
import type { CommandRun } from '../../harness/command-line-home.ts'
import type { Opening } from '../../harness/gateway-process.ts'
import { serverBin, serversFolder } from '../../harness/real-servers.ts'
import { until } from '../../harness/world.ts'

const cli = fileURLToPath(new URL('../../../bin/custos.mjs', import.meta.url))
const inspector = join(serversFolder, 'node_modules', '.bin', 'mcp-inspector')
const agent = 'real'
const patienceMs = 60_000

/** A server from npm, and how it is added. */
export interface RealServer {
  readonly packageName: string
  /** Its command, where it has several. */
  readonly command?: string
  readonly args?: readonly string[]
  readonly env?: { readonly [name: string]: string }
  /** Further flags of `custos driver add`. */
  readonly flags?: readonly string[]
}

/** One home, one agent. */
export class ServerStage {
  readonly home: CommandLineHome = new CommandLineHome()
  #url = ''

  /** Starts everything. */
  async start(): Promise<void> {
    await this.home.must('up')
    await this.home.must('agent', 'add', agent, '--token-file', this.#tokenFile)
    await this.#listening()
  }

  /** Waits, after a start, until the gateway listens and that driver serves. */
  async ready(driver: string): Promise<void> {
    await this.#listening()
    const look = async (): Promise<true | null> => {
      const { stdout } = await this.home.must('driver', 'list', '--json')
      const drivers = JSON.parse(stdout) as readonly { readonly name: string; readonly attached: boolean }[]
      return drivers.some(({ name, attached }) => name === driver && attached) || null
    }
    await until(look, `${driver} to serve`, patienceMs)
  }

  async #listening(): Promise<void> {
    const file = join(this.home.home, 'run', 'gateway.json')
    await until(() => existsSync(file) || null, 'the gateway to listen', patienceMs)
    this.#url = (JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }).url
  }

  /** Where clients reach one driver. */
  url(driver: string): string {
    return `${this.#url}/${driver}`
  }

  get token(): string {
    return readFileSync(this.#tokenFile, 'utf8').trim()
  }

  /** Adds a server as `custos driver add` does it. */
  add(
    name: string,
    { packageName, command, args = [], env = {}, flags = [] }: RealServer,
  ): Promise<CommandRun> {
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
    const program = [process.execPath, serverBin(packageName, command), ...args]
    return this.home.must('driver', 'add', name, ...variables, ...flags, '--', ...program)
  }

  /** Grants the agent something on a driver: whatever follows the driver's name. */
  grant(driver: string, ...words: readonly string[]): Promise<CommandRun> {
    return this.home.must('grant', agent, driver, ...words)
  }

  /** A folder of the test's own below its work folder. */
  folder(name: string): string {
    const path = join(this.home.work, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** The official client over HTTP. The caller closes it. */
  async overHttp(driver: string, opening: Opening, options: ClientOptions = {}): Promise<Client> {
    const requestInit = { headers: { Authorization: `Bearer ${this.token}` } }
    const client = clientOf(opening, options)
    await client.connect(new StreamableHTTPClientTransport(new URL(this.url(driver)), { requestInit }))
    return client
  }

  /** The official client with `custos mcp` as its server. The caller closes it. */
  async overStdio(driver: string, opening: Opening, options: ClientOptions = {}): Promise<Client> {
    const client = clientOf(opening, options)
    const { command, args, env } = this.#stdio(driver)
    await client.connect(new StdioClientTransport({ command, args: [...args], env, stderr: 'inherit' }))
    return client
  }

  /** Runs the MCP Inspector's command line against a driver and returns what it printed. */
  async inspect(driver: string, transport: 'http' | 'stdio', words: readonly string[]): Promise<string> {
    const config = join(this.home.folder, `inspector-${transport}.json`)
    const headers = { Authorization: `Bearer ${this.token}` }
    const server =
      transport === 'stdio'
        ? { type: 'stdio', ...this.#stdio(driver) }
        : { type: 'streamable-http', url: this.url(driver), headers }
    writeFileSync(config, JSON.stringify({ mcpServers: { custos: server } }))
    return ended([inspector, '--cli', '--config', config, '--server', 'custos', ...words], this.home.folder)
  }

  async stop(): Promise<void> {
    await this.home.remove()
  }

  get #tokenFile(): string {
    return join(this.home.folder, `${agent}.token`)
  }

  #stdio(driver: string): {
    readonly command: string
    readonly args: readonly string[]
    readonly env: Record<string, string>
  } {
    return {
      command: process.execPath,
      args: [cli, 'mcp', '--agent', agent, '--driver', driver, '--home', this.home.home],
      env: { CUSTOS_TOKEN: this.token, PATH: process.env['PATH'] ?? '' },
    }
  }
}

/** The text of a tool's result. */
export function textOf(result: { readonly content?: unknown }): string {
  const parts = (result.content ?? []) as readonly { readonly text?: string }[]
  return parts.map(({ text }) => text ?? '').join('\n')
}

function clientOf(opening: Opening, options: ClientOptions): Client {
  const mode = opening === 'modern' ? { pin: '2026-07-28' } : opening
  return new Client({ name: 'real', version: '1' }, { ...options, versionNegotiation: { mode } })
}

function ended(words: readonly string[], home: string): Promise<string> {
  const child = spawn(process.execPath, [...words], {
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) =>
      status === 0
        ? resolve(stdout)
        : reject(new Error(`the inspector ended with ${status}: ${stderr}${stdout}`)),
    )
  })
}
