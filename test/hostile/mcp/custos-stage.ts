/**
 * The product under attack: one supervised home with everything in it, a good driver called `files`, and for each
 * attack a driver of its own. Of the two agents of an attack, the *victim* holds `files` and nothing else; the
 * *mate* holds the hostile driver. Both are the official SDK's client over HTTP, and everything the victim's
 * transport brings is written down.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { DriverProgram } from '../../../src/kernel/manifest.ts'
import type { DriverOffer, ProbeFailure } from '../../../src/driver/probe.ts'
import { probeDriver } from '../../../src/driver/probe.ts'
import { launchInGroup } from '../../../src/driver/program.ts'
import type { Result } from '../../../src/base/result.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import type { Opening } from '../../harness/gateway-process.ts'
import { SupervisedHome } from '../../harness/supervised-home.ts'
import type { SupervisedUnit } from '../../harness/supervised-home.ts'
import { anyArguments, until } from '../../harness/world.ts'
import type { ListedAttack } from './attack-list.ts'
import { peakMebibytes } from './processes-of.ts'
import { secrets } from './relay-client.ts'
import type { RpcMessage } from './rpc-message.ts'

const hostileProgram = new URL('hostile-server.ts', import.meta.url).pathname
const honestProgram = new URL('honest-server.ts', import.meta.url).pathname
/** A client and everything it was sent that answers nothing it asked. */
export interface WatchedClient {
  readonly client: Client
  readonly unasked: readonly RpcMessage[]
  /** What it was asked to do for a server: methods, whatever way they came. */
  readonly asked: readonly string[]
  /** Ends it, and removes its agent. */
  leave(): Promise<void>
}

/** What became of a driver after it was signed. */
export interface DriverView {
  readonly driver: number
  readonly attached: boolean
  readonly quarantined: readonly string[]
}

/** One home for many attacks. */
export class CustosStage {
  readonly home: SupervisedHome = new SupervisedHome()
  operator!: TestOperator
  readonly #servers: ChildProcess[] = []
  /** Where clients go. */
  url = ''
  #files = 0
  #names = 0

  /** Starts the product with the good driver. */
  async start(): Promise<void> {
    process.env['CUSTOS_PORT'] = '0'
    await this.home.start()
    this.operator = await this.home.operator()
    const program = this.#program([honestProgram])
    const offer = await probeDriver(program, { launch: launchInGroup })
    if (!offer.ok) throw new Error(offer.error.message)
    this.#files = await this.add('files', program, offer.value)
    await this.home.attached(this.operator, this.#files)
    const file = join(this.home.home.folder, 'run', 'gateway.json')
    await until(() => existsSync(file) || null, 'the gateway to serve')
    this.url = (JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }).url
  }

  /** Starts the attack's server if it is reached over HTTP, and says how it is started or reached. */
  async program({ group, attack }: ListedAttack): Promise<DriverProgram> {
    const folder = this.folder(attack.id)
    mkdirSync(folder, { recursive: true })
    const args = [hostileProgram, group, attack.id, folder]
    if (attack.over !== 'http') return this.#program(args)
    this.#servers.push(spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] }))
    const file = join(folder, 'port')
    const port = await until(() => (existsSync(file) ? readFileSync(file, 'utf8') : null), 'it to listen')
    return { protocol: 'mcp-http', url: `http://127.0.0.1:${port}/mcp`, credential: '' }
  }

  /** Looks at a server as `custos driver add` does. */
  probe(program: DriverProgram, timeoutMs: number): Promise<Result<DriverOffer, ProbeFailure>> {
    return probeDriver(program, { launch: launchInGroup, timeoutMs })
  }

  /** Signs for it as it was when it was looked at. */
  async add(name: string, program: DriverProgram, { selectors }: DriverOffer): Promise<number> {
    const manifest = { program, selectors } as unknown as Json
    return (await this.operator.must({ do: 'driver.add', name, manifest }))['driver'] as number
  }

  /** From now on the attack's server knows that it is trusted. */
  signed(id: string): void {
    writeFileSync(join(this.folder(id), 'signed'), '')
  }

  /** What the attack's server got hold of. */
  loot(id: string): string {
    const file = join(this.folder(id), 'loot')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  folder(id: string): string {
    return join(this.home.home.work, 'attacks', id)
  }

  /** A new agent that holds these selectors of that driver, and its client. */
  async agent(
    object: number,
    selectors: readonly string[],
    opening: Opening = 'legacy',
  ): Promise<WatchedClient> {
    const { token, agent } = await this.holder(object, selectors)
    const connected = await this.#connect(token, opening)
    const leave = async (): Promise<void> => {
      await connected.client.close()
      await this.operator.must({ do: 'agent.remove', agent })
    }
    return { ...connected, leave }
  }

  /** A new agent that holds these selectors of that driver. */
  async holder(
    object: number,
    selectors: readonly string[],
  ): Promise<{ readonly token: string; readonly agent: number }> {
    const agent = await this.operator.addAgent(`agent-${++this.#names}`)
    const caveats = { selectors, where: anyArguments } as JsonObject
    await this.operator.must({ do: 'capability.grant', holder: agent.process, object, caveats })
    return agent
  }

  /** A new agent that uses the good driver. */
  victim(): Promise<WatchedClient> {
    return this.agent(this.#files, ['tools/read', 'tools/slow', 'tools/asked', 'resources/read'])
  }

  async view(driver: number): Promise<DriverView> {
    const drivers = (await this.operator.query('drivers')) as unknown as readonly DriverView[]
    const found = drivers.find((each) => each.driver === driver)
    if (found === undefined) throw new Error(`driver ${driver} is gone`)
    return found
  }

  /** The processes that an attack must not touch, by name. */
  async pids(): Promise<ReadonlyMap<string, number | null>> {
    const units = await this.home.units()
    return new Map(units.filter((each) => this.#isOurs(each)).map(({ unit, pid }) => [unit, pid]))
  }

  /** The most memory that any process of ours has used, in MiB. */
  async peak(): Promise<number> {
    return Math.max(...[...(await this.pids()).values()].map((pid) => peakMebibytes(pid ?? 0)))
  }

  /** The most memory that the adapter of a driver has used, in MiB. */
  async peakOf(driver: number): Promise<number> {
    const units = await this.home.units()
    return peakMebibytes(units.find(({ unit }) => unit === `driver-${driver}`)?.pid ?? 0)
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) server.kill('SIGKILL')
    await this.home.remove()
  }

  #isOurs({ unit }: SupervisedUnit): boolean {
    return !unit.startsWith('driver-') || unit === `driver-${this.#files}`
  }

  #program(args: readonly string[]): DriverProgram {
    const cwd = this.home.home.work
    const boundary = { readable: [], writable: [cwd] }
    return { protocol: 'mcp-stdio', command: process.execPath, args, cwd, env: {}, boundary }
  }

  async #connect(token: string, opening: Opening): Promise<Omit<WatchedClient, 'leave'>> {
    const mode = opening === 'modern' ? { pin: '2026-07-28' } : opening
    const capabilities = { roots: {}, sampling: {}, elicitation: {} }
    const client = new Client({ name: 'test', version: '1' }, { capabilities, versionNegotiation: { mode } })
    const asked: string[] = []
    answerEverything(client, asked)
    const requestInit = { headers: { Authorization: `Bearer ${token}` } }
    const transport = new StreamableHTTPClientTransport(new URL(this.url), { requestInit })
    const unasked: RpcMessage[] = []
    await client.connect(transport)
    const { onmessage } = transport
    transport.onmessage = (message, ...rest): void => {
      if ('method' in message) unasked.push(message as RpcMessage)
      onmessage?.(message, ...rest)
    }
    return { client, unasked, asked }
  }
}

/** Does whatever a server wants, as a careless client would. */
function answerEverything(client: Client, asked: string[]): void {
  client.setRequestHandler('roots/list', () => {
    asked.push('roots/list')
    return { roots: [{ uri: secrets.folder }] }
  })
  client.setRequestHandler('sampling/createMessage', () => {
    asked.push('sampling/createMessage')
    return { role: 'assistant', content: { type: 'text', text: secrets.thought }, model: 'm' }
  })
  client.setRequestHandler('elicitation/create', () => {
    asked.push('elicitation/create')
    return { action: 'accept', content: { password: secrets.password } }
  })
}
