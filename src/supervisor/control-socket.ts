/**
 * `run/supervisor.sock`: what may be asked of the supervisor. Nobody is authenticated beyond being able to
 * reach the folder, because nothing here gives authority: it can only stop things, look, and start a program
 * as the same user. What is halted is started again by an operator's signed order alone, through the kernel.
 */
import { join } from 'node:path'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { WireRefusal } from '../wire/answer.ts'
import type { Connection } from '../wire/connection.ts'
import { Peer } from '../wire/peer.ts'
import type { Listener, SocketProblem } from '../wire/socket.ts'
import { listen } from '../wire/socket.ts'
import { availableContainment } from './contain.ts'
import type { Supervisor } from './supervisor.ts'
import type { AgentProgram, HeldRun } from './unit.ts'

const maxNameLength = 256
const maxPids = 64
/** Long enough that no two programs share one by chance. */
const markPattern = /^[0-9a-f-]{16,64}$/u

type Reply = { readonly header: JsonObject; readonly body?: Json } | { readonly refusal: WireRefusal }

/** Serves the socket until the listener is closed. */
export function serveControl(home: string, supervisor: Supervisor): Promise<Result<Listener, SocketProblem>> {
  const path = join(home, 'run', 'supervisor.sock')
  return listen(path, (connection) => serve(connection, supervisor), { maxConnections: 64 })
}

function serve(connection: Connection, supervisor: Supervisor): void {
  const held: string[] = []
  const peer: Peer = new Peer({
    side: 'acceptor',
    transport: connection.transport,
    credit: 16,
    handler: {
      onHello: () => peer.welcome({}),
      onRequest(correlation, header, body) {
        const reply = header['op'] === 'hold' ? hold(header) : answer(supervisor, header, body)
        if ('refusal' in reply) peer.refuse(correlation, reply.refusal)
        else peer.reply(correlation, reply.header, encode(reply.body))
      },
      onClosed() {
        for (const unit of held) supervisor.released(unit)
      },
    },
  })
  const hold = (header: JsonObject): Reply => {
    const run = readHeldRun(header)
    if (run === null) return no('bad-request', 'not a program to hold', 'as docs/processes.md describes it')
    const stopped = (): void => void peer.notice(0, { event: 'stopped' })
    const taken = supervisor.hold(run, stopped)
    if (!('unit' in taken))
      return no(supervisor.halted === null ? 'limit' : 'halted', taken.obstacle, 'try again when it is over')
    held.push(taken.unit)
    return { header: { unit: taken.unit } }
  }
  connection.start(
    (bytes) => peer.receive(bytes),
    (reason) => peer.transportClosed(reason),
  )
}

function encode(body: Json | undefined): Uint8Array {
  return body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body))
}

function answer(supervisor: Supervisor, header: JsonObject, body: Uint8Array): Reply {
  switch (header['op']) {
    case 'halt': {
      const report = supervisor.halt(textOf(header['by']), textOf(header['reason']))
      return { header: { ...report } }
    }
    case 'status': {
      const { halted } = supervisor
      const standing = { halted: halted === null ? null : { ...halted }, pid: process.pid }
      const units = supervisor.status().map((unit) => ({ ...unit }))
      const holding = { containment: availableContainment(), rung: supervisor.rung }
      return { header: { ...standing, ...holding }, body: units }
    }
    case 'down':
      // Answered first: going down closes this connection.
      setImmediate(() => supervisor.down())
      return { header: {} }
    case 'start':
      return start(supervisor, header, body)
    case 'stop': {
      const unit = textOf(header['unit'])
      if (supervisor.stop(unit)) return { header: {} }
      return no('not-found', 'there is no such program or driver', 'a unit that status shows')
    }
    default:
      return no('bad-request', 'unknown operation', 'status, halt, down, start or stop')
  }
}

/** The program comes in the header, or, where its environment is too large for one, as the body. */
function start(supervisor: Supervisor, header: JsonObject, body: Uint8Array): Reply {
  const parsed = body.length === 0 ? null : parseStrictJson(body)
  const given = parsed !== null && parsed.ok ? parsed.value : header['program']
  const program = readAgentProgram(textOf(header['agent']), given)
  if (program === null) {
    return no('bad-request', 'not a program', 'agent, and program: command, args, absolute cwd, env')
  }
  const started = supervisor.startProgram(program)
  if ('unit' in started) return { header: { unit: started.unit } }
  return no(supervisor.halted === null ? 'limit' : 'halted', started.obstacle, 'try again when it is over')
}

function readAgentProgram(agent: string, value: Json | undefined): AgentProgram | null {
  if (!isJsonObject(value)) return null
  const { command, args, cwd, env } = value as { command?: Json; args?: Json; cwd?: Json; env?: Json }
  if (typeof command !== 'string' || command === '' || typeof cwd !== 'string' || !cwd.startsWith('/'))
    return null
  if (!areTexts(args) || !isJsonObject(env) || !areTexts(Object.values(env))) return null
  if ([command, cwd, ...Object.keys(env)].some((text) => text.includes('\0'))) return null
  return { agent, command, args, cwd, env: { ...(env as { [name: string]: string }) } }
}

function readHeldRun(header: JsonObject): HeldRun | null {
  const {
    agent,
    process: number,
    name,
    rung,
    limits,
    pids,
    mark,
  } = header as {
    readonly [name: string]: Json | undefined
  }
  if (![agent, name, rung].every((text) => typeof text === 'string' && text.length <= maxNameLength))
    return null
  if (typeof number !== 'number' || !Array.isArray(pids) || pids.length === 0 || pids.length > maxPids)
    return null
  const isPid = (pid: Json): boolean => typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1
  if (!pids.every(isPid) || pids.includes(process.pid)) return null
  return {
    agent: textOf(agent),
    process: number,
    name: textOf(name),
    rung: textOf(rung),
    limits: isJsonObject(limits ?? null) ? (limits as JsonObject) : {},
    pids: pids as readonly number[],
    mark: typeof mark === 'string' && markPattern.test(mark) ? mark : '',
  }
}

function areTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && !item.includes('\0'))
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function no(code: string, message: string, needed: string): Reply {
  return { refusal: { code, message, needed, seq: null } }
}
