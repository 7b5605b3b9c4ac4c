/** Programs that send too much, too slowly or too often: each runs into its own limits, and the proxy goes on. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import type { EgressGate } from '../../../src/sandbox/egress/gate.ts'
import { egressWorld, type EgressWorld, statusOf } from './egress-world.ts'

const line = 'GET http://open.example/ HTTP/1.1\r\nHost: open.example\r\n'

/** A gate at which everything waits until the program goes away. */
function waitingGate(): Partial<EgressGate> & { readonly waiting: Set<object>; longest: number } {
  const waiting = new Set<object>()
  const gate = {
    waiting,
    longest: 0,
    ask: ((request, _, gone) => {
      waiting.add(request)
      gate.longest = Math.max(gate.longest, waiting.size)
      return new Promise((done) => {
        const withdraw = (): void => {
          waiting.delete(request)
          done({ kind: 'unavailable', reason: 'withdrawn' })
        }
        if (gone.aborted) withdraw()
        gone.addEventListener('abort', withdraw, { once: true })
      })
    }) satisfies EgressGate['ask'],
  }
  return gate
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((again) => setTimeout(again, 5))
}

/** How the first exchange ended, which is told beside its connection. */
async function ending(world: EgressWorld): Promise<EgressWorld['outcomes'][number] | undefined> {
  await until(() => world.outcomes.length > 0)
  return world.outcomes[0]
}

async function stillServes(world: EgressWorld): Promise<void> {
  assert.equal(statusOf(await world.get('http://open.example/')), 200)
}

/** Also resolves for a connection that the system refused to make. */
function ended(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : new Promise((done) => socket.once('close', done))
}

/** Everything that comes until the connection ends. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.once('close', () => done(text))
    socket.once('end', () => socket.end())
  })
}

test('headers that come a byte at a time are given up on', async () => {
  await using world = await egressWorld({ limits: { headMs: 200 } })
  const socket = world.dial()
  const answer = answerOf(socket)
  const drip = setInterval(() => socket.writable && socket.write('X'), 20)
  socket.write(line)
  assert.equal(statusOf(await answer), 408)
  clearInterval(drip)
  await stillServes(world)
})

test('a connection on which nothing comes is given up on', async () => {
  await using world = await egressWorld({ limits: { headMs: 200 } })
  const socket = world.dial()
  await answerOf(socket)
  await stillServes(world)
})

test('a body that does not come is given up on before the gate is asked', async () => {
  await using world = await egressWorld({ limits: { bodyMs: 100 } })
  const reply = await world.exchange(
    'POST http://open.example/ HTTP/1.1\r\nHost: open.example\r\nContent-Length: 10\r\n\r\nabc',
  )
  assert.ok(reply === '' || statusOf(reply) === 408, reply)
  assert.equal(world.asked.length, 0)
  await stillServes(world)
})

test('a tunnel for TLS in which nothing is said is ended, and nothing was sent', async () => {
  let sent = 0
  const outside = (stream: Duplex): void => void stream.on('data', (chunk: Buffer) => (sent += chunk.length))
  await using world = await egressWorld({ limits: { headMs: 100 }, outside })
  const reply = await world.exchange('CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n')
  assert.equal(statusOf(reply), 200)
  assert.equal(sent, 0)
  assert.equal((await ending(world))?.outcome, 'failed')
})

test('headers beyond the limits are refused', async () => {
  await using world = await egressWorld()
  assert.equal(statusOf(await world.get('http://open.example/', `X: ${'a'.repeat(40_000)}\r\n`)), 431)
  assert.equal(statusOf(await world.get(`http://open.example/${'a'.repeat(40_000)}`)), 431)
  assert.equal(statusOf(await world.get('http://open.example/', 'X: y\r\n'.repeat(200))), 431)
  assert.deepEqual(world.dials, [])
  await stillServes(world)
})

test('a host longer than any name is refused', async () => {
  await using world = await egressWorld()
  assert.equal(statusOf(await world.get(`http://${'a'.repeat(64)}.example/`)), 400)
  assert.equal(statusOf(await world.get(`http://${'a.'.repeat(140)}example/`)), 400)
  assert.equal(statusOf(await world.get(`http://${'a'.repeat(10_000)}/`)), 400)
  assert.deepEqual(world.lookups, [])
})

test('bodies beyond the limit are refused, or cut where it is passed', async () => {
  await using world = await egressWorld({
    limits: { judgedBodyBytes: 1_000, requestBytes: 10_000 },
    server: (request, response) => void request.resume().once('end', () => response.end()),
  })
  const post = 'POST http://open.example/ HTTP/1.1\r\nHost: open.example\r\nConnection: close\r\n'
  assert.equal(statusOf(await world.exchange(`${post}Content-Length: 10001\r\n\r\n`)), 413)
  assert.deepEqual(world.dials, [])
  const chunks = `1000\r\n${'a'.repeat(4_096)}\r\n`.repeat(20)
  const reply = await world.exchange(`${post}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
  assert.notEqual(statusOf(reply), 200)
  assert.ok(((await ending(world))?.result.requestBytes ?? Infinity) <= 10_000)
  await stillServes(world)
})

test('a reply beyond the limit is cut, and the program can tell', async () => {
  await using world = await egressWorld({
    limits: { responseBytes: 10_000 },
    server: (request, response) => void response.end(request.url === '/' ? 'ok' : Buffer.alloc(100_000, 'a')),
  })
  const reply = await world.get('http://open.example/big')
  assert.match(reply, /Content-Length: 100000/i)
  assert.ok(reply.length < 90_000)
  assert.equal((await ending(world))?.outcome, 'failed')
  await stillServes(world)
})

test('a reply that never ends is ended in time', async () => {
  await using world = await egressWorld({
    limits: { idleMs: 100 },
    server: (_, response) => void response.write('a beginning'),
  })
  const reply = await world.get('http://open.example/')
  assert.equal(statusOf(reply), 200)
  assert.equal((await ending(world))?.reason, 'nothing moved for too long')
})

test('a program that does not read its reply is cut off', async () => {
  await using world = await egressWorld({
    limits: { idleMs: 200 },
    server: (_, response) => void response.end(Buffer.alloc(8_000_000, 'a')),
  })
  const socket = world.dial()
  socket.pause()
  socket.write(`${line}\r\n`)
  await until(() => world.outcomes.length === 1)
  assert.equal((await ending(world))?.reason, 'nothing moved for too long')
  socket.destroy()
})

test('a reply that is shorter than it said is cut, and the program can tell', async () => {
  await using world = await egressWorld({
    outside: (stream) =>
      void stream.once('data', () => stream.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')),
  })
  const reply = await world.get('http://open.example/')
  assert.match(reply, /Content-Length: 10\r\n/)
  assert.equal((await ending(world))?.outcome, 'failed')
})

test('names that are slow to be found hold few hands, and give them back', async () => {
  let underWay = 0
  let most = 0
  const release: (() => void)[] = []
  await using world = await egressWorld({
    limits: { lookups: 2, resolveMs: 300 },
    lookup: (name) => {
      if (name === 'again.example') return Promise.resolve(['93.184.215.14'])
      underWay += 1
      most = Math.max(most, underWay)
      return new Promise((done) =>
        release.push(() => {
          underWay -= 1
          done(['93.184.215.14'])
        }),
      )
    },
  })
  const replies = Promise.all(Array.from({ length: 8 }, (_, n) => world.get(`http://slow-${n}.example/`)))
  await until(() => release.length === 2)
  assert.deepEqual(
    (await replies).map(statusOf),
    Array.from({ length: 8 }, () => 502),
  )
  assert.equal(most, 2)
  for (const free of release) free()
  assert.equal(statusOf(await world.get('http://again.example/')), 200)
})

test('a server that takes everything and says nothing leaves the request in doubt', async () => {
  await using world = await egressWorld({
    limits: { idleMs: 100 },
    outside: (stream) => void stream.resume(),
  })
  assert.equal(statusOf(await world.get('http://open.example/')), 504)
  assert.equal((await ending(world))?.outcome, 'in-doubt')
})

test('an exchange that goes on for ever in small pieces is ended in time', async () => {
  const drips: NodeJS.Timeout[] = []
  await using world = await egressWorld({
    limits: { totalMs: 300 },
    server: (_, response) => void drips.push(setInterval(() => response.write('a'), 20)),
  })
  await world.get('http://open.example/')
  for (const drip of drips) clearInterval(drip)
  assert.equal((await ending(world))?.reason, 'it took too long')
})

test('connections beyond the limit are closed, and the others live', async () => {
  const gate = waitingGate()
  await using world = await egressWorld({ gate, limits: { connections: 8, inFlight: 100 } })
  const first = Array.from({ length: 8 }, () => world.dial())
  for (const socket of first) socket.write(`${line}\r\n`)
  await until(() => gate.waiting.size === 8)
  const late = Array.from({ length: 40 }, () => world.dial())
  await Promise.all(late.map(ended))
  assert.equal(gate.waiting.size, 8)
  for (const socket of first) socket.destroy()
  await until(() => gate.waiting.size === 0)
})

test('requests beyond the limit are answered with 429 while the others wait', async () => {
  const gate = waitingGate()
  await using world = await egressWorld({ gate, limits: { inFlight: 4 } })
  const first = Array.from({ length: 4 }, () => world.dial())
  for (const socket of first) socket.write(`${line}\r\n`)
  await until(() => gate.waiting.size === 4)
  assert.equal(statusOf(await world.get('http://open.example/')), 429)
  assert.equal(await world.tunnel('open.example:443'), 429)
  assert.equal(gate.longest, 4)
  for (const socket of first) socket.destroy()
  await until(() => gate.waiting.size === 0)
})

test('requests queued on one connection count like any others, and end with it', async () => {
  const gate = waitingGate()
  await using world = await egressWorld({ gate, limits: { inFlight: 4 } })
  const socket = world.dial()
  socket.write(`${line}\r\n`.repeat(100))
  await until(() => gate.waiting.size === 4)
  socket.destroy()
  await until(() => gate.waiting.size === 0)
  assert.equal(gate.longest, 4)
})

test('a program that asks faster than its rate is told so', async () => {
  await using world = await egressWorld({ limits: { requestRate: { perSecond: 0.001, burst: 5 } } })
  const statuses: number[] = []
  for (let n = 0; n < 10; n += 1) statuses.push(statusOf(await world.get('http://open.example/')))
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429, 429, 429])
})

test('a thousand connections that come and go leave nothing behind', async () => {
  await using world = await egressWorld()
  for (let round = 0; round < 20; round += 1) {
    const sockets = Array.from({ length: 50 }, () => world.dial())
    for (const [at, socket] of sockets.entries()) {
      socket.write(at % 3 === 0 ? line : at % 3 === 1 ? `${line}\r\n` : '\0\xff garbage')
      socket.once('connect', () => setImmediate(() => socket.destroy()))
    }
    await Promise.all(sockets.map(ended))
  }
  await stillServes(world)
})

test('closing the proxy ends everything under way', async () => {
  const gate = waitingGate()
  await using world = await egressWorld({ gate })
  const sockets = [world.dial(), world.dial()]
  const answers = Promise.all(sockets.map(answerOf))
  sockets[0]?.write(`${line}\r\n`)
  sockets[1]?.write('CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n')
  await until(() => gate.waiting.size === 2)
  await world.proxy.close()
  await answers
  await until(() => gate.waiting.size === 0)
})
