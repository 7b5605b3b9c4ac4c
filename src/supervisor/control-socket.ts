/**
 * `run/supervisor.sock`: what may be asked of the supervisor. Nobody is authenticated beyond being able to
 * reach the folder, because nothing here gives authority: it can only stop things, look, and start a program
 * as the same user. What is halted is started again by an operator's signed order alone, through the kernel.
 */
import { join } from 'node:path'
import type { Json, JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { WireRefusal } from '../wire/answer.ts'
import type { Connection } from '../wire/connection.ts'
import { Peer } from '../wire/peer.ts'
import type { Listener, SocketProblem } from '../wire/socket.ts'
import { listen } from '../wire/socket.ts'
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import { availableContainment } from './contain.ts'
import { readInnerScope } from './kernel-notice.ts'
import { readAgentProgram, readHeldRun, textOf } from './program-request.ts'
import type { Scope } from './scope.ts'
import { agentNamed, everything, isDomainName, isKnownScope, scopeName } from './scope.ts'
import type { Supervisor } from './supervisor.ts'
import type { Halt } from './supervision.ts'
import { supervision } from './supervision.ts'

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
        const send = (reply: Reply): void => {
          if ('refusal' in reply) peer.refuse(correlation, reply.refusal)
          else peer.reply(correlation, reply.header, encode(reply.body))
        }
        if (header['op'] === 'drill') void recordDrill(supervisor, header).then(send)
        else send(header['op'] === 'hold' ? hold(header) : answer(supervisor, header, body))
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
    const taken = supervisor.hold(domainIn(header), run, stopped)
    if (!('unit' in taken)) return unstarted(taken.obstacle)
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
    case 'halt':
      return halt(supervisor, header)
    case 'halts':
      return {
        header: {},
        body: [...supervisor.state.halts.values()].map((found) => haltView(supervisor, found)),
      }
    case 'status': {
      const whole = supervisor.state.halts.get('') ?? supervisor.state.halts.get(mainDomain)
      const standing = { halted: whole === undefined ? null : { ...whole.record }, pid: process.pid }
      const units = supervisor.status().map((unit) => ({ ...unit }))
      const holding = {
        containment: availableContainment(),
        rung: supervisor.rung,
        shares: supervisor.shares.means,
      }
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
      return no('bad-request', 'unknown operation', 'status, halts, halt, down, start, stop, hold or drill')
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
  const started = supervisor.startProgram(domainIn(header), program)
  return 'unit' in started ? { header: { unit: started.unit } } : unstarted(started.obstacle)
}

function unstarted(obstacle: string): Reply {
  return no(obstacle.endsWith('is halted') ? 'halted' : 'limit', obstacle, 'try again when it is over')
}

/** Halting needs no authority, and is refused only where there is nothing of that name. */
function halt(supervisor: Supervisor, header: JsonObject): Reply {
  const scope = scopeIn(supervisor, header)
  if (scope === null)
    return no('bad-request', 'not a scope', 'nothing, or domain, and agent or process in it, by number')
  if (!isKnownScope(supervisor.state, scope))
    return no('not-found', 'there is nothing of that name', 'one that runs')
  const isInner = scope.kind === 'agent' || scope.kind === 'process'
  const isMore =
    !supervisor.state.halts.has(scopeName(scope)) && supervisor.state.halts.size >= supervision.halts
  if (isInner && isMore) return no('limit', 'too much is halted one by one', 'halt the domain')
  return { header: { ...supervisor.halt(textOf(header['by']), textOf(header['reason']), scope) } }
}

/** What a request is about: everything, unless it names a domain, or an agent (also by name) or process of one. */
function scopeIn(supervisor: Supervisor, header: JsonObject): Scope | null {
  const { domain, agent, process: number } = header
  if (domain === undefined && agent === undefined && number === undefined) return everything
  if (domain !== undefined && !isDomainName(domain)) return null
  if (agent === undefined && number === undefined) return domainScope(domain)
  const named = typeof agent === 'string' ? agentNamed(supervisor.state, domainIn(header), agent) : agent
  if (named === 0 && number === undefined) return { kind: 'agent', domain: domainIn(header), agent: 0 }
  return readInnerScope(domainIn(header), pick({ agent: named, process: number }))
}

function domainScope(domain: Json | undefined): Scope | null {
  return isDomainName(domain) ? { kind: 'domain', domain } : null
}

function pick(values: { readonly [name: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as JsonObject
}

function domainIn(header: JsonObject): string {
  return isDomainName(header['domain']) ? header['domain'] : mainDomain
}

function haltView(supervisor: Supervisor, { scope, record, trees }: Halt): JsonObject {
  const domain = scope.kind === 'everything' ? mainDomain : scope.domain
  const all = [...trees.values()].reduce((sum, count) => sum + count, 0)
  return { ...scope, ...record, trees: all, ...supervisor.timesOf(scope, domain) }
}

/** Has the kernel of the domain record what the latest halt of a scope took, as a drill. */
async function recordDrill(supervisor: Supervisor, header: JsonObject): Promise<Reply> {
  const scope = scopeIn(supervisor, header)
  const domain = scope === null || scope.kind === 'everything' ? mainDomain : scope.domain
  const times = scope === null ? null : supervisor.timesOf(scope, domain)
  if (scope === null || times === null || domain === sovereignDomain)
    return no('not-found', 'no halt of that scope was carried out here', 'a halt of it first')
  const { by, problems, trees } = header
  const said = pick({ requestedBy: by, problems, trees })
  const inner = pick({ ...scope, kind: undefined, domain: undefined })
  const answer = await supervisor.kernels.of(domain)?.ask({ op: 'drill', scope: inner, ...said, ...times })
  if (answer?.kind === 'reply') return { header: answer.header }
  return answer?.kind === 'refusal'
    ? { refusal: answer.refusal }
    : no('unreachable', 'the kernel does not serve', 'a kernel')
}

function no(code: string, message: string, needed: string): Reply {
  return { refusal: { code, message, needed, seq: null } }
}
