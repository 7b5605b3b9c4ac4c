import assert from 'node:assert/strict'
import { chmodSync, existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { ClientOptions, WireClient } from './client.ts'
import { connectWire } from './client.ts'
import type { PeerHandler } from './peer.ts'
import { Peer } from './peer.ts'
import type { Listener } from './socket.ts'
import { connect, listen } from './socket.ts'

/** A private folder that goes away with the test. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'wire-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function serve(
  t: TestContext,
  path: string,
  handlerOf: (peer: () => Peer) => PeerHandler,
): Promise<Listener> {
  const listener = await listen(path, (connection) => {
    const peer: Peer = new Peer({
      side: 'acceptor',
      transport: connection.transport,
      credit: 2,
      handler: handlerOf(() => peer),
    })
    connection.start(
      (bytes) => peer.receive(bytes),
      (reason) => peer.transportClosed(reason),
    )
  })
  assert.ok(listener.ok, listener.ok ? '' : listener.error.message)
  t.after(() => listener.value.close())
  return listener.value
}

async function open(path: string, options: ClientOptions = {}): Promise<WireClient> {
  const client = await connectWire(path, { token: 't' }, options)
  assert.ok(client.ok, client.ok ? '' : client.error.message)
  return client.value
}

/** Echoes every request; `hold` waits for a cancel, `leave` ends the connection. */
const echo = (peer: () => Peer): PeerHandler => ({
  onHello: (header) =>
    header['token'] === 't'
      ? peer().welcome({ name: 'echo' })
      : peer().goodbye('not-entitled', 'wrong token'),
  onRequest(correlation, header, body) {
    if (header['op'] === 'leave') peer().goodbye('bye')
    else if (header['op'] === 'hold') peer().notice(correlation, { event: 'held' })
    else if (header['op'] === 'no')
      peer().refuse(correlation, { code: 'canon', message: 'm', needed: 'n', seq: 3 })
    else peer().reply(correlation, header, body)
  },
  onCancel: (correlation) => peer().reply(correlation, { outcome: 'cancelled' }),
})

test('a client greets, asks, and gets replies and refusals', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  assert.equal(client.welcome['name'], 'echo')
  const body = Buffer.from('{"a":1}')
  const reply = await client.request({ op: 'call' }, body)
  assert.ok(reply.kind === 'reply')
  assert.equal(reply.header['op'], 'call')
  assert.deepEqual(Buffer.from(reply.body), body)
  const refusal = await client.request({ op: 'no' })
  assert.deepEqual(refusal, {
    kind: 'refusal',
    refusal: { code: 'canon', message: 'm', needed: 'n', seq: 3 },
  })
  client.close()
  assert.equal((await client.closed).cause, 'closed')
  assert.equal((await client.request({ op: 'late' })).kind, 'unsent')
})

test('requests beyond the credit wait their turn, and large ones arrive whole', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  t.after(() => client.close())
  const bodies = Array.from({ length: 40 }, (_, n) => Buffer.alloc(n % 2 === 0 ? 900_000 : 10, n))
  const answers = await Promise.all(bodies.map((body, n) => client.request({ op: 'call', n }, body)))
  for (const [n, answer] of answers.entries()) {
    assert.ok(answer.kind === 'reply')
    assert.equal(answer.header['n'], n)
    assert.ok(Buffer.from(answer.body).equals(bodies[n] as Buffer))
  }
})

test('what waits for credit is bounded in number and in bytes, and beyond that unsent at once', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  for (const [length, most] of [
    [1_000_000, 270],
    [0, 65_540],
  ] as const) {
    const client = await open(path)
    const held = [client.request({ op: 'hold' }), client.request({ op: 'hold' })]
    const body = Buffer.alloc(length)
    const refused = new AbortController()
    const waiting: Promise<unknown>[] = []
    // The same bytes again and again: only those who wait count them.
    while (!refused.signal.aborted && waiting.length < most) {
      for (let n = 0; n < 10; n++) {
        const asked = client.request({ op: 'call' }, body).then((answer) => {
          if (answer.kind === 'unsent' && answer.reason.includes('wait for credit')) refused.abort()
          return answer.kind
        })
        waiting.push(asked)
      }
      await Promise.resolve()
      await Promise.resolve()
    }
    assert.ok(refused.signal.aborted, `${waiting.length} requests of ${length} bytes wait`)
    client.close()
    assert.ok((await Promise.all(waiting)).every((kind) => kind === 'unsent'))
    assert.ok((await Promise.all(held)).every(({ kind }) => kind === 'lost'))
  }
})

test('a notice reaches the request it concerns, and a cancelled request is still answered', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  t.after(() => client.close())
  const stop = new AbortController()
  const events: unknown[] = []
  const answer = await client.request({ op: 'hold' }, undefined, {
    signal: stop.signal,
    onNotice(header) {
      events.push(header['event'])
      stop.abort()
    },
  })
  assert.deepEqual(events, ['held'])
  assert.ok(answer.kind === 'reply' && answer.header['outcome'] === 'cancelled')
})

test('a request that is withdrawn before it was sent is unsent', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  const stop = new AbortController()
  const held = [client.request({ op: 'hold' }), client.request({ op: 'hold' })]
  const waiting = client.request({ op: 'call' }, undefined, { signal: stop.signal })
  stop.abort()
  assert.equal((await waiting).kind, 'unsent')
  assert.equal((await client.request({ op: 'call' }, undefined, { signal: stop.signal })).kind, 'unsent')
  const queued = client.request({ op: 'call' })
  client.close()
  assert.deepEqual(
    (await Promise.all(held)).map(({ kind }) => kind),
    ['lost', 'lost'],
  )
  assert.equal((await queued).kind, 'unsent')
})

test('what does not fit in a frame is not sent, and harms nothing else', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  t.after(() => client.close())
  assert.equal((await client.request({ op: 'call' }, Buffer.alloc(1_100_000))).kind, 'unsent')
  assert.equal((await client.request({ op: '\ud800' })).kind, 'unsent')
  assert.equal((await client.request({ op: 'call' })).kind, 'reply')
})

test('when the acceptor leaves, what was asked is lost and says so', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  const answer = await client.request({ op: 'leave' })
  assert.deepEqual(answer, { kind: 'lost', reason: 'bye' })
  assert.deepEqual(await client.closed, { cause: 'goodbye', reason: 'bye' })
})

test('a client that serves answers, hears cancels, and its signal ends with the connection', async (t) => {
  const path = join(folder(t), 's.sock')
  const answers: string[] = []
  const done = Promise.withResolvers<void>()
  await serve(t, path, (peer) => ({
    onHello() {
      peer().welcome({})
      peer().request({ op: 'dispatch' }, Buffer.from('x'), (answer) => {
        answers.push(answer.kind === 'reply' ? Buffer.from(answer.body).toString() : answer.kind)
      })
      const slow = peer().request({ op: 'slow' }, new Uint8Array(0), (answer) => {
        answers.push(answer.kind === 'refusal' ? answer.refusal.code : answer.kind)
        done.resolve()
      })
      setImmediate(() => peer().cancel(slow ?? 0))
    },
  }))
  const client = await open(path, {
    async onRequest({ header, body, signal }) {
      if (header['op'] === 'dispatch')
        return { kind: 'reply', header: {}, body: Buffer.concat([body, Buffer.from('y')]) }
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true })
      })
      return { kind: 'refusal', refusal: { code: 'stopped', message: '', needed: '', seq: null } }
    },
  })
  await done.promise
  assert.deepEqual(answers, ['xy', 'stopped'])
  client.close()
})

test('a wrong greeting is turned away with its reason', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await connectWire(path, { token: 'wrong' })
  assert.deepEqual(client, {
    ok: false,
    error: { reason: 'turned-away', message: 'not-entitled: wrong token' },
  })
})

test('a greeting that nobody answers times out, and can be aborted', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, () => ({}))
  const slow = await connectWire(path, {}, { timeoutMs: 20 })
  assert.equal(slow.ok ? '' : slow.error.reason, 'timed-out')
  const aborted = await connectWire(path, {}, { signal: AbortSignal.abort() })
  assert.equal(aborted.ok ? '' : aborted.error.reason, 'aborted')
})

test('a socket has mode 0600 and is gone after closing', async (t) => {
  const path = join(folder(t), 's.sock')
  const listener = await serve(t, path, echo)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const client = await open(path)
  await listener.close()
  assert.equal((await client.closed).cause, 'transport')
  assert.equal(existsSync(path), false)
  const gone = await connectWire(path, {})
  assert.equal(gone.ok ? '' : gone.error.reason, 'unreachable')
})

test('a folder that others may enter is neither served in nor trusted', async (t) => {
  const path = join(folder(t), 's.sock')
  for (const mode of [0o750, 0o701, 0o777]) {
    chmodSync(join(path, '..'), mode)
    const served = await listen(path, () => {})
    assert.equal(served.ok ? '' : served.error.reason, 'folder-not-private')
    const reached = await connect(path)
    assert.equal(reached.ok ? '' : reached.error.reason, 'folder-not-private')
  }
  const missing = await listen(join(path, 'none', 's.sock'), () => {})
  assert.equal(missing.ok ? '' : missing.error.reason, 'folder-not-private')
})

test('a live socket is not taken over, a stale one is, and a file is left alone', async (t) => {
  const at = folder(t)
  const live = join(at, 'live.sock')
  await serve(t, live, echo)
  const second = await listen(live, () => {})
  assert.equal(second.ok ? '' : second.error.reason, 'in-use')
  const client = await open(live)
  client.close()

  const stale = join(at, 'stale.sock')
  await leaveStale(stale)
  assert.ok(existsSync(stale))
  await serve(t, stale, echo)

  const file = join(at, 'file')
  writeFileSync(file, 'precious')
  const onFile = await listen(file, () => {})
  assert.equal(onFile.ok ? '' : onFile.error.reason, 'not-a-socket')
  assert.ok(existsSync(file))

  const long = await listen(join(at, 'x'.repeat(120)), () => {})
  assert.equal(long.ok ? '' : long.error.reason, 'path-too-long')
})

/** A socket file whose server is gone, as a killed process leaves it. */
async function leaveStale(path: string): Promise<void> {
  const original = `${path}.live`
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(original, resolve)
  })
  linkSync(original, path)
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

test('bytes that are not the protocol end that connection and no other', async (t) => {
  const path = join(folder(t), 's.sock')
  await serve(t, path, echo)
  const client = await open(path)
  t.after(() => client.close())
  const raw = await connect(path)
  assert.ok(raw.ok)
  const closed = Promise.withResolvers<string>()
  const heard: Uint8Array[] = []
  raw.value.start((bytes) => heard.push(bytes), closed.resolve)
  raw.value.transport.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  await closed.promise
  assert.match(Buffer.concat(heard).toString('latin1'), /"reason":"length"/)
  assert.equal((await client.request({ op: 'call' })).kind, 'reply')
})
