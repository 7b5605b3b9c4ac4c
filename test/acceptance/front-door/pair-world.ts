/**
 * The product with a server for each revision and transport behind it, one agent that may use all of them, and
 * clients of every revision. A pair is one client's side and one server's; both are pinned to their revision, so
 * that nothing is negotiated away.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { probeDriver } from '../../../src/driver/probe.ts'
import { launchInGroup } from '../../../src/driver/program.ts'
import type { DriverProgram } from '../../../src/kernel/manifest.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import { SupervisedHome } from '../../harness/supervised-home.ts'
import { anyArguments, until } from '../../harness/world.ts'
import { PairClient } from './pair-client.ts'
import type { Decide } from './scenario.ts'

/** The revisions that are paired. */
export const revisions = ['2025-06-18', '2025-11-25', '2026-07-28'] as const
/** One of them. */
export type Revision = (typeof revisions)[number]

/** One end of a pair. */
export interface Side {
  readonly transport: 'http' | 'stdio'
  readonly revision: Revision
}

/** A client's side and a server's. */
export interface Pair {
  readonly client: Side
  readonly server: Side
}

/** What an operator has granted every server of the pairs for its roots. */
export const grantedRoot = 'file:///srv/granted'

const serverProgram = fileURLToPath(new URL('pair-server.mjs', import.meta.url))
const cli = fileURLToPath(new URL('../../../bin/custos.mjs', import.meta.url))
const reverse = ['client/roots', 'client/sampling', 'client/elicitation'] as const
const roots = { '*': { arguments: { uri: { constraint: { eq: grantedRoot }, optional: true } } } }
/** A busy machine starts all of it slowly. */
const patienceMs = 60_000

/** The whole of it. */
export class PairWorld {
  readonly home: SupervisedHome = new SupervisedHome()
  readonly #servers: ChildProcess[] = []
  #operator!: TestOperator
  #token = ''
  #url = ''

  /** Starts everything and returns when every server can be called. */
  async start(): Promise<void> {
    process.env['CUSTOS_PORT'] = '0'
    await this.home.start()
    this.#operator = await this.home.operator()
    const agent = await this.#operator.addAgent('pairs')
    this.#token = agent.token
    const sides = (['http', 'stdio'] as const).flatMap((transport) =>
      revisions.map((revision): Side => ({ transport, revision })),
    )
    await Promise.all(sides.map((side) => this.#add(side, agent.process)))
    const file = join(this.home.home.folder, 'run', 'gateway.json')
    await until(() => existsSync(file) || null, 'the gateway to listen', patienceMs)
    this.#url = (JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }).url
  }

  /** A client of that side at the server of the other. The caller closes it. */
  connect({ client, server }: Pair): Promise<PairClient> {
    const driver = nameOf(server)
    return PairClient.open(
      client.revision,
      client.transport === 'http' ? this.#overHttp(driver) : this.#overStdio(driver),
    )
  }

  /** Decides the one call that is held, as soon as there is one. */
  readonly decide: Decide = async (decision) => {
    const held = await until(
      async () => ((await this.#operator.query('approvals')) as readonly JsonObject[])[0] ?? null,
      'a held call',
      patienceMs,
    )
    const { call, digest }: { readonly [name: string]: Json } = held
    await this.#operator.must({ do: decision, call: call ?? 0, digest: digest ?? '', comment: '' })
  }

  async stop(): Promise<void> {
    this.#operator.client.close()
    for (const server of this.#servers) server.kill('SIGKILL')
    await this.home.remove()
  }

  async #add(side: Side, process: number): Promise<void> {
    const program = await this.#programOf(side)
    const offer = await probeDriver(program, { launch: launchInGroup })
    if (!offer.ok) throw new Error(offer.error.message)
    if (offer.value.revision !== side.revision)
      throw new Error(`${nameOf(side)} speaks ${offer.value.revision}`)
    const manifest = { program, selectors: offer.value.selectors } as unknown as JsonObject
    const made = await this.#operator.must({ do: 'driver.add', name: nameOf(side), manifest })
    const driver = made['driver'] as number
    const selectors = offer.value.selectors.map(({ selector }) => selector)
    await this.#grant(process, driver, selectors, anyArguments)
    await this.#grant(driver, driver, ['client/sampling', 'client/elicitation'], anyArguments)
    await this.#grant(driver, driver, ['client/roots'], roots)
    await until(() => this.#isAttached(driver), `${nameOf(side)} to be attached`, patienceMs)
  }

  async #grant(
    holder: number,
    object: number,
    selectors: readonly string[],
    where: JsonObject,
  ): Promise<void> {
    await this.#operator.must({ do: 'capability.grant', holder, object, caveats: { selectors, where } })
  }

  async #isAttached(driver: number): Promise<true | null> {
    const drivers = (await this.#operator.query('drivers')) as readonly JsonObject[]
    return drivers.some((item) => item['driver'] === driver && item['attached'] === true) || null
  }

  async #programOf({ transport, revision }: Side): Promise<DriverProgram> {
    const cwd = this.home.home.work
    const boundary = { readable: [], writable: [cwd] }
    const args = [serverProgram, transport, revision, join(cwd, `${transport}-${revision}.mood`)]
    if (transport === 'stdio')
      return {
        protocol: 'mcp-stdio',
        command: process.execPath,
        args,
        cwd,
        env: {},
        client: reverse,
        boundary,
      }
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#servers.push(child)
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { readonly url: string }
      return { protocol: 'mcp-http', url, credential: '', client: reverse }
    }
    throw new Error('the server ended before it listened')
  }

  #overHttp(driver: string): StreamableHTTPClientTransport {
    const requestInit = { headers: { Authorization: `Bearer ${this.#token}` } }
    return new StreamableHTTPClientTransport(new URL(`${this.#url}/${driver}`), { requestInit })
  }

  #overStdio(driver: string): StdioClientTransport {
    return new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', '--agent', 'pairs', '--driver', driver, '--home', this.home.home.folder],
      env: { CUSTOS_TOKEN: this.#token, PATH: process.env['PATH'] ?? '' },
      stderr: 'inherit',
    })
  }
}

function nameOf({ transport, revision }: Side): string {
  return `${transport}-${revision}`
}
