/** The post between kernels: only the sovereign’s speaks to others, and nobody says who else is speaking. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../base/json.ts'
import { connectionOf } from '../wire/connection.ts'
import { Peer } from '../wire/peer.ts'
import { until } from '../../test/harness/world.ts'
import type { ContainedProcess } from './contain.ts'
import { isOver } from './contain.ts'
import { KernelRoom } from './kernel-room.ts'
import { StatementStore } from './statement-store.ts'
import type { Input } from './supervision.ts'

/** A kernel that is only its end of the line. */
interface Fake {
  readonly process: ContainedProcess
  readonly peer: Peer
  readonly heard: { readonly header: JsonObject; readonly body: string }[]
}

async function inRoom(
  use: (world: {
    readonly room: KernelRoom
    readonly inputs: Input[]
    readonly open: (domain: string, incarnation?: number) => Promise<Fake>
  }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-room-'))
  const inputs: Input[] = []
  const room = new KernelRoom(new StatementStore(join(folder, 'statements')), {
    input: (input) => void inputs.push(input),
    timesOf: () => null,
  })
  const fakes: Fake[] = []
  let sockets = 0
  const open = async (domain: string, incarnation = 1): Promise<Fake> => {
    const path = join(folder, `${++sockets}.sock`)
    const server = createServer().listen(path)
    await once(server, 'listening')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const mine = connect(path)
    const [theirs] = await accepted
    server.close()
    const child = spawn('sleep', ['300'], { stdio: 'ignore', detached: true })
    Object.defineProperty(child, 'stdio', { value: [null, null, null, mine] })
    const process = { child, mark: '', containment: 'tethered', exited: Promise.resolve('') } as const
    const heard: Fake['heard'] = []
    const connection = connectionOf(theirs)
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 8,
      handler: {
        onHello(header, body) {
          heard.push({ header, body: Buffer.from(body).toString() })
          peer.welcome({})
        },
        onRequest(correlation, header, body) {
          heard.push({ header, body: Buffer.from(body).toString() })
          peer.reply(correlation, {})
        },
      },
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
    room.open({ domain, incarnation }, process, null)
    const isServing = (input: Input): boolean =>
      input.kind === 'serving' && input.domain === domain && input.incarnation === incarnation
    await until(() => (inputs.some(isServing) ? true : null), `${domain} to serve`)
    const fake = { process, peer, heard }
    fakes.push(fake)
    return fake
  }
  try {
    await use({ room, inputs, open })
  } finally {
    for (const { peer, process } of fakes) {
      peer.goodbye('done')
      process.child.kill('SIGKILL')
    }
    rmSync(folder, { recursive: true })
  }
}

const text = JSON.stringify({ statement: 1, domain: 'b', status: 'active', weight: 100 })
const notice = { event: 'statement', domain: 'b', signature: 's' }

test('a statement goes from the sovereign’s kernel to the one it is for, now and at every later start', () =>
  inRoom(async ({ inputs, open }) => {
    const [sovereign, member] = [await open('sovereign'), await open('b')]
    sovereign.peer.notice(0, notice, Buffer.from(text))
    const told = await until(
      () => member.heard.find(({ header }) => header['op'] === 'statement') ?? null,
      'it',
    )
    assert.deepEqual([told.header['signature'], told.body], ['s', text])
    assert.ok(inputs.some((input) => input.kind === 'statement-known' && input.domain === 'b'))
    const again = await open('b', 2)
    const [hello] = again.heard
    assert.deepEqual({ ...(hello?.header['statement'] as JsonObject) }, { signature: 's' })
    assert.deepEqual(JSON.parse(hello?.body ?? ''), { halts: [], statement: text })
  }))

test('a member that speaks for the sovereign is ended, and nobody hears what it said', () =>
  inRoom(async ({ inputs, open }) => {
    const [liar, member] = [await open('a'), await open('b')]
    liar.peer.notice(0, notice, Buffer.from(text))
    await until(() => (isOver(liar.process) ? true : null), 'the liar to be ended')
    assert.equal(
      inputs.some(({ kind }) => kind === 'statement-known'),
      false,
    )
    assert.equal(member.heard.length, 1)
  }))

test('an acknowledgement is that of the line it came by, and the sovereign’s next kernel hears it too', () =>
  inRoom(async ({ open }) => {
    const [sovereign, member] = [await open('sovereign'), await open('b')]
    member.peer.notice(0, { event: 'acknowledged', domain: 'main', statement: 1 })
    const said = await until(
      () => sovereign.heard.find(({ header }) => header['op'] === 'acknowledged') ?? null,
      'it',
    )
    assert.equal(said.header['domain'], 'b')
    const next = await open('sovereign', 2)
    const again = await until(
      () => next.heard.find(({ header }) => header['op'] === 'acknowledged') ?? null,
      'it again',
    )
    assert.equal(again.header['statement'], 1)
  }))
