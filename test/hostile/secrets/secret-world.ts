/**
 * A home with the net service, an agent that holds a secret, and a server of this machine that the secret is for:
 * everything real but the sandbox, in whose place a loopback port leads to the egress socket, as the bridge inside a
 * sandbox does.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { createAuthority } from '../../../src/sandbox/egress/tls/authority.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import { connectWire } from '../../../src/wire/client.ts'
import { CommandLineHome } from '../../harness/command-line-home.ts'
import { until } from '../../harness/world.ts'

/** The value that must be found nowhere. */
export const canary = 'canary-7Qx93ZpLmN84vTtR2kEw'
/** The host that the secret is for. */
export const host = 'api.example'

/** What the server got. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly body: string
}

/** How one client ended. */
export interface ClientRun {
  readonly status: number | null
  readonly text: string
}

/** Answers one request; what it was is in `received`. */
export type Handler = (received: Received, response: ServerResponse) => void

/** Answers with everything that it got, the secret included. */
export const echo: Handler = (received, response) => {
  response.setHeader('content-type', 'application/json')
  response.setHeader('x-echo', String(received.headers['authorization'] ?? ''))
  response.end(JSON.stringify(received))
}

/** The world of one test. */
export class SecretWorld {
  readonly cli: CommandLineHome = new CommandLineHome()
  readonly received: Received[] = []
  handler: Handler = echo
  /** Everything that programs "inside" were given. */
  readonly seenInside: string[] = []
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #clients: WireClient[] = []
  /** Port of the server. */
  port = 0

  /** The file with the certificate that the server is believed by. */
  get serverAuthority(): string {
    return join(this.cli.folder, 'server-ca.pem')
  }

  /** Starts home and server. */
  async start(): Promise<void> {
    await this.cli.must('up')
    const authority = createAuthority({ hosts: null })
    writeFileSync(this.serverAuthority, authority.pem)
    const server = createHttpsServer({
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, authority.contextFor(name)),
    })
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = ''
      request.setEncoding('latin1').on('data', (text: string) => (body += text))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        const received = { method, url, headers, body }
        this.received.push(received)
        this.handler(received, response)
      })
    })
    this.port = await this.#listen(server)
  }

  /** Adds an agent and returns its token. */
  async agent(name: string): Promise<string> {
    const file = join(this.cli.folder, `${name}.token`)
    await this.cli.must('agent', 'add', name, '--token-file', file)
    return readFileSync(file, 'utf8').trim()
  }

  /** A private file with `value`, as `--value-file` takes it. */
  valueFile(value: string): string {
    const file = join(this.cli.folder, 'value')
    writeFileSync(file, `${value}\n`)
    chmodSync(file, 0o600)
    return file
  }

  /** Adds the canary as secret `name` for the server; `flags` beside the usual ones. */
  async addSecret(name: string, ...flags: readonly string[]): Promise<string> {
    const at = ['--host', host, '--ca', this.serverAuthority, '--value-file', this.valueFile(canary)]
    const ran = await this.cli.must('secret', 'add', name, ...at, ...flags)
    return ran.stdout + ran.stderr
  }

  /** The flags that grant a secret towards the server. */
  grantedTo(agent: string): readonly string[] {
    return ['--for', agent, '--port', String(this.port), '--address', '127.0.0.1']
  }

  /** Opens an egress socket for a token; resolves with the port that leads to it and the authority to trust. */
  async open(token: string, name: string): Promise<Opened> {
    const control = await this.#control()
    const folder = join(this.cli.home, 'run', name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const socket = join(folder, 'egress.sock')
    const answer = await control.request({ op: 'open', token, socket })
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    const { authority } = answer.header
    if (typeof authority !== 'string') throw new Error('no authority was told')
    const ca = join(this.cli.folder, `${name}-ca.pem`)
    writeFileSync(ca, authority)
    const bridge = createServer((client) => {
      const inner = createConnection(socket)
      for (const end of [client, inner]) {
        this.#sockets.add(end)
        end.on('error', () => {})
      }
      client.pipe(inner).pipe(client)
      client.once('close', () => inner.destroy())
      inner.once('close', () => client.destroy())
    })
    return { proxy: `http://127.0.0.1:${await this.#listen(bridge)}`, authority, ca, control }
  }

  /** Runs a program as it would run inside, and keeps what it was given. */
  async inside(
    { proxy, ca }: Opened,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<ClientRun> {
    const child = spawn(command, args, {
      cwd: this.cli.work,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: this.cli.work, ...proxyVariables(proxy, ca), ...env },
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const status = await new Promise<number | null>((resolve) => void child.once('close', resolve))
    clearTimeout(patience)
    this.seenInside.push(text)
    return { status, text }
  }

  /** Asks the server for `path` with curl. */
  curl(opened: Opened, path: string, ...args: readonly string[]): Promise<ClientRun> {
    return this.inside(opened, 'curl', ['-sS', ...args, `https://${host}:${this.port}${path}`])
  }

  /** Ends everything. */
  async remove(): Promise<void> {
    for (const client of this.#clients) client.close()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => void server.close(resolve))))
    await this.cli.remove()
  }

  #control(): Promise<WireClient> {
    return until(async () => {
      const opened = await connectWire(join(this.cli.home, 'run', 'net.sock'), {})
      if (opened.ok) this.#clients.push(opened.value)
      return opened.ok ? opened.value : null
    }, 'the net service to open its control socket')
  }

  async #listen(server: Server): Promise<number> {
    this.#servers.push(server)
    server.on('connection', (socket: Socket) => this.#sockets.add(socket))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
}

/** An egress that is open. */
export interface Opened {
  readonly proxy: string
  readonly authority: string
  /** The file with the authority. */
  readonly ca: string
  /** Closing it closes the egress. */
  readonly control: WireClient
}

/** The variables by which ordinary programs find a proxy and whom to trust. */
function proxyVariables(proxy: string, ca: string): NodeJS.ProcessEnv {
  return {
    http_proxy: proxy,
    https_proxy: proxy,
    HTTPS_PROXY: proxy,
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    GIT_SSL_CAINFO: ca,
    REQUESTS_CA_BUNDLE: ca,
  }
}

/** Runs `test` in a world of its own and leaves nothing behind. */
export async function withSecrets(test: (world: SecretWorld) => Promise<void>): Promise<void> {
  const world = new SecretWorld()
  try {
    await world.start()
    await test(world)
  } finally {
    await world.remove()
  }
}
