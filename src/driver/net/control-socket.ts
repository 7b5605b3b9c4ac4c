/**
 * `run/net.sock`: where whoever starts a sandbox has its socket served. It takes a token and gives no authority that
 * the token's process does not have. What was opened on a connection ends with it.
 */
import { join } from 'node:path'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { WireRefusal } from '../../wire/answer.ts'
import type { Connection } from '../../wire/connection.ts'
import { Peer } from '../../wire/peer.ts'
import type { Listener, SocketProblem } from '../../wire/socket.ts'
import { listen } from '../../wire/socket.ts'
import type { OpenRequest, OpenSandbox } from './open-sandbox.ts'

/** What the socket gives access to. */
export interface ControlPorts {
  readonly open: (request: OpenRequest) => Promise<Result<OpenSandbox, string>>
  /** What programs that show this token, now or later, are to trust; PEM. */
  readonly authorityOf: (token: string) => string
  /** Names of the secrets, and nothing else of them. */
  readonly secretNames: readonly string[]
}

const maxSandboxes = 16
const maxTextLength = 4_096

type Reply = { readonly header: JsonObject } | { readonly refusal: WireRefusal }

/** Serves the socket in a domain's `run` folder until the listener is closed. */
export function serveNetControl(run: string, ports: ControlPorts): Promise<Result<Listener, SocketProblem>> {
  return listen(join(run, 'net.sock'), (connection) => serve(connection, ports))
}

function serve(connection: Connection, ports: ControlPorts): void {
  const control = new Control(ports)
  const peer: Peer = new Peer({
    side: 'acceptor',
    transport: connection.transport,
    credit: maxSandboxes,
    handler: {
      onHello: () => peer.welcome({}),
      onRequest(correlation, header) {
        void control.answer(header).then((reply) => {
          if ('refusal' in reply) peer.refuse(correlation, reply.refusal)
          else peer.reply(correlation, reply.header)
        })
      },
      onClosed: () => control.closed(),
    },
  })
  connection.start(
    (bytes) => peer.receive(bytes),
    (reason) => peer.transportClosed(reason),
  )
}

/** What one connection opened. */
class Control {
  readonly #ports: ControlPorts
  readonly #sandboxes = new Set<OpenSandbox>()
  #underWay = 0
  #isClosed = false

  constructor(ports: ControlPorts) {
    this.#ports = ports
  }

  answer(header: JsonObject): Promise<Reply> {
    switch (header['op']) {
      case 'open':
        return this.#open(header)
      case 'authority':
        return Promise.resolve(this.#authority(header['token']))
      case 'secrets':
        return Promise.resolve({ header: { names: this.#ports.secretNames } })
      default:
        return Promise.resolve(no('bad-request', 'unknown operation', 'open, authority or secrets'))
    }
  }

  closed(): void {
    this.#isClosed = true
    for (const sandbox of this.#sandboxes) void sandbox.close()
    this.#sandboxes.clear()
  }

  /** For a program that is started before its process is known to the kernel, as drivers' programs are. */
  #authority(token: Json | undefined): Reply {
    if (!isText(token)) return no('bad-request', 'not a token', 'the token that will be opened with')
    return { header: { authority: this.#ports.authorityOf(token) } }
  }

  async #open(header: JsonObject): Promise<Reply> {
    const request = readOpen(header)
    if (request === null) return no('bad-request', 'not a sandbox to open', 'token, and socket: a path')
    if (this.#sandboxes.size + this.#underWay >= maxSandboxes)
      return no('limit', 'this connection has too many sandboxes open', 'another connection')
    this.#underWay += 1
    const opened = await this.#ports.open(request)
    this.#underWay -= 1
    if (!opened.ok) return no('not-opened', opened.error, 'a token and a socket path that can be served')
    this.#sandboxes.add(opened.value)
    if (this.#isClosed) this.closed()
    return { header: { authority: opened.value.authority } }
  }
}

function readOpen(header: JsonObject): OpenRequest | null {
  const { token, socket, intercept, standing } = header as { readonly [name: string]: Json | undefined }
  if (!isText(token) || !isText(socket) || (intercept !== undefined && intercept !== true)) return null
  const isStanding = standing === true
  return { token, socket, isStanding, rule: intercept === true ? 'every-request' : 'where-needed' }
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength
}

function no(code: string, message: string, needed: string): Reply {
  return { refusal: { code, message, needed, seq: null } }
}
