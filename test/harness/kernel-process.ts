/**
 * The real kernel in its own process, with the test as its supervisor, operator, adapters and agents: all of
 * them speak the wire protocol over the real sockets. Everything lives in a temporary home.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { toBase64url } from '../../src/base/base64url.ts'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { generateSigningKey, publicKeyOf, sign } from '../../src/base/signature.ts'
import { randomBytes } from 'node:crypto'
import type { Answer } from '../../src/wire/answer.ts'
import type { IncomingRequest, Served, WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import { connectionOf } from '../../src/wire/connection.ts'
import { Peer } from '../../src/wire/peer.ts'
import { socketFolder } from '../../src/wire/socket-folder.ts'
import { shareCompiledCode } from './compiled-code.ts'

/** A driver as the kernel announces it to its supervisor. */
export interface Unit {
  readonly driver: number
  readonly name: string
  readonly secret: string
}

/** One operation of a driver under test; `observe` unless it says otherwise. */
export interface TestDefinition {
  readonly selector: string
  readonly definition: Json
  readonly effect?: string
}

/** A home folder with a genesis, and the operator's key that the tests hold. */
export class TestHome {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'cst-'))
  /** Beside the home: what drivers' programs work in and write to, which nothing of the home is shown to. */
  readonly work: string = realpathSync(mkdtempSync(join(tmpdir(), 'csw-')))
  readonly key: Uint8Array = generateSigningKey()

  /** Of one kernel alone, unless it shall begin with a sovereign. */
  constructor(first: 'main' | 'sovereign' = 'main') {
    shareCompiledCode(this.folder)
    mkdirSync(join(this.folder, 'run'), { mode: 0o700 })
    mkdirSync(join(this.folder, 'domains', first), { recursive: true, mode: 0o700 })
    const role = first === 'main' ? {} : { role: 'sovereign' }
    const genesis = { name: first, operatorName: 'ada', operatorKey: publicKeyOf(this.key), ...role }
    writeFileSync(join(this.folder, 'domains', first, 'genesis.json'), JSON.stringify(genesis), {
      mode: 0o600,
    })
  }

  get ledger(): string {
    return join(this.folder, 'domains', 'main', 'ledger')
  }

  socket(role: 'agent' | 'operator' | 'driver', domain: string = 'main'): string {
    return join(socketFolder(this.folder, domain), `${role}.sock`)
  }

  remove(): void {
    for (const folder of [this.folder, this.work])
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

/** Everything a kernel process under test needs from its surroundings. */
export interface KernelOptions {
  readonly halt?: JsonObject | null
  /** Which domain's kernel; `main` unless it says otherwise. */
  readonly domain?: string
  /** What else the supervisor says first, for example that a statement follows as the body. */
  readonly words?: JsonObject
  readonly body?: Uint8Array
  /** Hears what the kernel tells its supervisor. */
  readonly onNotice?: (header: JsonObject, body: Uint8Array) => void
  /** Runs the kernel under another program, for example strace. */
  readonly wrapper?: readonly string[]
  /** Variables added to the environment. */
  readonly env?: NodeJS.ProcessEnv
}

/** A running kernel process. */
export class KernelProcess {
  readonly home: TestHome
  readonly domain: string
  readonly child: ChildProcess
  units: readonly Unit[] = []
  stderr = ''
  readonly exited: Promise<number | null>
  readonly #ready: Promise<void>
  #peer: Peer

  constructor(home: TestHome, options: KernelOptions = {}) {
    this.home = home
    this.domain = options.domain ?? 'main'
    const entry = new URL('../../src/machine/main.ts', import.meta.url).pathname
    const argv = [
      ...(options.wrapper ?? []),
      process.execPath,
      entry,
      '--home',
      home.folder,
      '--domain',
      this.domain,
    ]
    this.child = spawn(argv[0] ?? '', argv.slice(1), {
      stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    // What it said last may be read only after its end was told.
    const said = new Promise((resolve) => this.child.stderr?.once('close', resolve))
    const heard = (): Promise<unknown> => Promise.race([said, pause(10_000, null, { ref: false })])
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code) => void heard().then(() => resolve(code))),
    )
    const connection = connectionOf(this.child.stdio[3] as Socket)
    let opened = (): void => undefined
    let failed: (error: Error) => void = () => undefined
    this.#ready = new Promise((resolve, reject) => {
      opened = resolve
      failed = reject
    })
    this.#peer = new Peer({
      side: 'connector',
      transport: connection.transport,
      credit: 0,
      handler: {
        onWelcome: () => opened(),
        onNotice: (_correlation, header, body) => {
          options.onNotice?.(header, body)
          if (header['event'] === 'units')
            this.units = (JSON.parse(Buffer.from(body).toString()) as { drivers: Unit[] }).drivers
        },
        onClosed: () => void heard().then(() => failed(new Error(`the kernel stopped: ${this.stderr}`))),
      },
    })
    connection.start(
      (bytes) => this.#peer.receive(bytes),
      (reason) => this.#peer.transportClosed(reason),
    )
    this.#peer.hello({ halt: options.halt ?? null, ...options.words }, options.body)
  }

  static async start(home: TestHome, options: KernelOptions = {}): Promise<KernelProcess> {
    const kernel = new KernelProcess(home, options)
    await kernel.#ready
    return kernel
  }

  /** Asks it something as its supervisor would. */
  request(header: JsonObject, body?: Uint8Array): Promise<Answer> {
    return new Promise((resolve) => void this.#peer.request(header, body ?? new Uint8Array(0), resolve))
  }

  /** Stops it in good order, as the supervisor would. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    await this.exited
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }

  async operator(): Promise<TestOperator> {
    return new TestOperator(this.home, await client(this.home.socket('operator', this.domain), {}))
  }

  agent(token: string): Promise<WireClient> {
    return client(this.home.socket('agent', this.domain), { token })
  }

  /** Attaches as the adapter of a driver that was added, serving `serve`. */
  async driver(
    name: string,
    definitions: readonly TestDefinition[],
    serve: (request: IncomingRequest) => Promise<Served>,
    credit = 1024,
    onNotice: (header: JsonObject) => void = () => undefined,
  ): Promise<WireClient> {
    const deadline = Date.now() + 60_000
    let unit: Unit | undefined
    while ((unit = this.units.find((known) => known.name === name)) === undefined) {
      if (Date.now() > deadline) throw new Error(`the kernel did not announce ${name}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const body = Buffer.from(JSON.stringify(definitions))
    const opened = await connectWire(
      this.home.socket('driver', this.domain),
      { secret: unit.secret },
      { body, onRequest: serve, credit, onNotice },
    )
    if (!opened.ok) throw new Error(JSON.stringify(opened.error))
    return opened.value
  }
}

async function client(path: string, hello: JsonObject): Promise<WireClient> {
  const opened = await connectWire(path, hello)
  if (!opened.ok) throw new Error(JSON.stringify(opened.error))
  return opened.value
}

/** An operator at the door, who signs what the tests ask for. */
export class TestOperator {
  readonly #home: TestHome
  readonly client: WireClient
  constructor(home: TestHome, wire: WireClient) {
    this.#home = home
    this.client = wire
  }

  /** Signs and sends an order; `changes` override members of the record, `key` the signing key. */
  async order(
    command: JsonObject,
    changes: JsonObject = {},
    key: Uint8Array = this.#home.key,
    answer?: string,
  ): Promise<Answer> {
    const record = Buffer.from(
      canonicalJson({
        command,
        domain: this.client.welcome['domain'] ?? 'main',
        operator: 1,
        nonce: randomBytes(16).toString('hex'),
        policyVersion: 'builtin-1',
        canonVersion: 1,
        time: Date.now(),
        ...changes,
      }),
    )
    const beside = answer === undefined ? {} : { answer }
    return this.client.request({ op: 'order', signature: sign(key, record), ...beside }, record)
  }

  /** Sends an order that must succeed and returns the ids it made. */
  async must(command: JsonObject): Promise<JsonObject> {
    const answer = await this.order(command)
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    return answer.header
  }

  async query(what: string): Promise<Json> {
    const answer = await this.client.request({ op: 'query', what })
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    return JSON.parse(Buffer.from(answer.body).toString()) as Json
  }

  /** Adds an agent and returns its token and process. */
  async addAgent(
    name: string,
  ): Promise<{ readonly token: string; readonly process: number; readonly agent: number }> {
    const token = `custos_${toBase64url(randomBytes(32))}`
    const made = await this.must({ do: 'agent.add', name, tokenDigest: sha256Hex(token) })
    return { token, process: made['process'] as number, agent: made['agent'] as number }
  }

  /** Adds a driver whose selectors have these definitions. */
  async addDriver(
    name: string,
    definitions: readonly TestDefinition[],
    program: JsonObject = { protocol: 'mcp-stdio', command: 'none', args: [], cwd: '/', env: {} },
  ): Promise<number> {
    const selectors = definitions.map(({ selector, definition, effect = 'observe' }) => ({
      selector,
      digest: sha256Hex(canonicalJson(definition)),
      effect,
    }))
    return (await this.must({ do: 'driver.add', name, manifest: { program, selectors } }))['driver'] as number
  }
}
