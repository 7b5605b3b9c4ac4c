import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Peer } from '../wire/peer.ts'
import { listen } from '../wire/socket.ts'
import type { EgressSocket } from './egress-client.ts'
import { openEgressSocket } from './egress-client.ts'

/** A service that opens whatever is asked for. */
interface Service {
  readonly control: string
  readonly folder: string
  /** Connections that are open, in the order of their coming. */
  readonly peers: readonly Peer[]
  /** How many sockets it was asked for. */
  opened: number
}

async function service(t: TestContext): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-egress-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const peers: Peer[] = []
  const made: Service = { control: join(folder, 'net.sock'), folder, peers, opened: 0 }
  const listener = await listen(made.control, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 2,
      handler: {
        onHello: () => peer.welcome({}),
        onRequest(correlation) {
          made.opened += 1
          peer.reply(correlation, { authority: 'PEM' })
        },
        onClosed: () => void peers.splice(peers.indexOf(peer), 1),
      },
    })
    peers.push(peer)
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  assert.ok(listener.ok)
  t.after(() => listener.value.close())
  return made
}

async function opened({ control, folder }: Service): Promise<EgressSocket> {
  const socket = await openEgressSocket({
    control,
    socket: join(folder, 'own', 's'),
    token: 't',
    startMs: 60_000,
  })
  assert.ok(socket.ok, socket.ok ? '' : socket.error)
  return socket.value
}

async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 3_000 && !holds(); look += 1) await sleep(10)
  assert.ok(holds())
}

test('a socket that is closed leaves nothing that its process would have to wait for', async (t) => {
  const net = await service(t)
  const socket = await opened(net)
  assert.equal(socket.authority, 'PEM')
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  socket.close()
  while (net.peers.length > 0) await turn()
  for (let turns = 0; turns < 50; turns += 1) await turn()
  assert.equal(timers(), 0)
  assert.equal(net.opened, 1)
})

test('a service that went away is asked again when it is back', async (t) => {
  const net = await service(t)
  const socket = await opened(net)
  net.peers[0]?.goodbye('done')
  await until(() => net.opened === 2)
  socket.close()
  await until(() => net.peers.length === 0)
})
