/** The proxy between a program and the gate: who waits for whom, and what each of them hears. */
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { createSecureContext, connect as connectTls, TLSSocket } from 'node:tls'
import { sha256Hex } from '../../base/hash.ts'
import { allow, egressWorld, publicAddress, statusOf } from '../../../test/hostile/egress/egress-world.ts'
import { certificateFor } from '../../../test/hostile/egress/test-certificate.ts'
import { type Dress, type EgressGate, plain } from './gate.ts'

const line = 'GET http://open.example/a?b HTTP/1.1\r\nHost: open.example\r\n'

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((again) => setTimeout(again, 5))
}

function dressed(dress: Partial<Dress>): EgressGate['ask'] {
  return async (_, perform) => {
    await perform(new AbortController().signal, { ...plain, ...dress })
    return { kind: 'performed' }
  }
}

test('what is judged is what was asked, and what is recorded is what passed', async () => {
  await using world = await egressWorld({
    server: (request, response) => void request.resume().once('end', () => response.end('reply')),
  })
  const body = 'hello'
  const reply = await world.exchange(
    `POST http://Open.Example:8080/a?b=c HTTP/1.1\r\nHost: open.example:8080\r\nX-A: 1\r\nConnection: close\r\nContent-Length: 5\r\n\r\n${body}`,
  )
  assert.match(reply, /reply$/)
  const [{ headers, ...asked } = { headers: [] }] = world.asked
  assert.deepEqual(asked, {
    kind: 'request',
    scheme: 'http',
    host: 'open.example',
    port: 8080,
    method: 'POST',
    path: '/a?b=c',
    bodyBytes: 5,
    bodySha256: sha256Hex(body),
    address: null,
  })
  assert.deepEqual(headers[1], ['X-A', '1'])
  await until(() => world.outcomes.length > 0)
  assert.deepEqual(world.outcomes, [
    {
      outcome: 'done',
      reason: '',
      result: {
        status: 200,
        requestBytes: 5,
        responseBytes: 5,
        responseSha256: sha256Hex('reply'),
        address: publicAddress,
      },
    },
  ])
})

test('a request waits in silence until the gate has decided', async () => {
  let decide = (): void => undefined
  const decided = new Promise<void>((done) => (decide = done))
  await using world = await egressWorld({
    gate: { ask: (request, perform) => decided.then(() => allow(request, perform)) },
  })
  let heard = ''
  const socket = world.dial()
  socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
  socket.write(`${line}\r\n`)
  await until(() => world.asked.length === 1)
  await new Promise((later) => setTimeout(later, 50))
  assert.equal(heard, '')
  assert.deepEqual(world.dials, [])
  decide()
  await until(() => heard !== '')
  assert.equal(statusOf(heard), 200)
  socket.destroy()
})

test('a refusal says what, why and what would be needed', async () => {
  const refused = { kind: 'refused', code: 'not-held', message: 'No.', needed: 'A grant.', seq: 7 } as const
  await using world = await egressWorld({ gate: { ask: () => Promise.resolve(refused) } })
  const reply = await world.get('http://open.example/')
  assert.equal(statusOf(reply), 403)
  assert.deepEqual(JSON.parse(reply.split('\r\n\r\n')[1] ?? ''), {
    error: { code: 'not-held', message: 'No.', needed: 'A grant.', seq: 7 },
  })
  const tunnel = await world.exchange('CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n')
  assert.match(tunnel, /^HTTP\/1\.1 403 /)
  assert.match(tunnel, /"A grant\."/)
})

test('without anybody to ask nothing happens, and time may mend it', async () => {
  const answers: readonly EgressGate['ask'][] = [
    () => Promise.resolve({ kind: 'unavailable', reason: 'The kernel is gone.' }),
    () =>
      Promise.resolve({
        kind: 'refused',
        code: 'halted',
        message: 'Halted.',
        needed: 'A resume.',
        seq: null,
      }),
    () => Promise.resolve({ kind: 'refused', code: 'driver-unavailable', message: '', needed: '', seq: 1 }),
  ]
  for (const ask of answers) {
    await using world = await egressWorld({ gate: { ask } })
    assert.equal(statusOf(await world.get('http://open.example/')), 503)
    assert.equal(await world.tunnel('open.example:443'), 503)
    assert.deepEqual(world.dials, [])
  }
  await using world = await egressWorld({ gate: { pins: () => Promise.reject(new Error('gone')) } })
  assert.equal(statusOf(await world.get('http://open.example/')), 503)
  assert.equal(await world.tunnel('open.example:443'), 503)
})

test('a program that goes away withdraws what it asked for', async () => {
  const withdrawn: string[] = []
  await using world = await egressWorld({
    gate: {
      ask: (request, _, gone) =>
        new Promise((done) =>
          gone.addEventListener(
            'abort',
            () => {
              withdrawn.push(request.kind)
              done({ kind: 'unavailable', reason: 'withdrawn' })
            },
            { once: true },
          ),
        ),
    },
  })
  for (const bytes of [
    `${line}\r\n`,
    'CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n',
  ]) {
    const socket = world.dial()
    socket.write(bytes)
    const before = world.asked.length
    await until(() => world.asked.length > before)
    socket.destroy()
  }
  await until(() => withdrawn.length === 2)
  assert.deepEqual(withdrawn.sort(), ['request', 'tunnel'])
})

test('ending the call cuts a reply and a tunnel that are under way', async () => {
  const ended = new AbortController()
  const gate = {
    ask: (async (_, perform) => {
      await perform(ended.signal, plain)
      return { kind: 'performed' }
    }) satisfies EgressGate['ask'],
  }
  const outside = (stream: Duplex): void => void stream.write('HTTP/1.1 200 OK\r\n\r\nendless')
  await using world = await egressWorld({ gate, outside })
  const hear = (bytes: string): { readonly heard: () => string; readonly closed: Promise<unknown> } => {
    const socket = world.dial()
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.once('end', () => socket.end())
    const closed = new Promise((done) => socket.once('close', done))
    socket.write(bytes)
    return { heard: () => text, closed }
  }
  const both = [
    hear(`${line}Connection: close\r\n\r\n`),
    hear('CONNECT open.example:22 HTTP/1.1\r\nHost: open.example:22\r\n\r\n'),
  ]
  await until(() => both.every(({ heard }) => heard().includes('endless')))
  ended.abort()
  await Promise.all(both.map(({ closed }) => closed))
  await until(() => world.outcomes.length === 2)
  for (const { reason } of world.outcomes) assert.equal(reason, 'the call was ended')
})

test('a body too long to be judged waits for the decision, and is then asked for', async () => {
  let received = 0
  await using world = await egressWorld({
    limits: { judgedBodyBytes: 10 },
    server: (request, response) => {
      request
        .on('data', (chunk: Buffer) => (received += chunk.length))
        .once('end', () => response.end(String(received)))
    },
  })
  const head =
    'POST http://open.example/ HTTP/1.1\r\nHost: open.example\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n'
  const socket = world.dial()
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    if (heard === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('a'.repeat(20))
  })
  socket.write(head)
  await until(() => heard.endsWith('20') && world.outcomes.length > 0)
  socket.destroy()
  assert.equal(world.asked[0]?.bodyBytes, -1)
  assert.equal(world.asked[0]?.bodySha256, '')
  assert.equal(world.outcomes[0]?.result.requestBytes, 20)
})

test('a body that is judged is asked for at once', async () => {
  await using world = await egressWorld({
    gate: {
      ask: (request) =>
        Promise.resolve({ kind: 'refused', code: 'x', message: request.bodySha256, needed: '', seq: null }),
    },
  })
  const socket = world.dial()
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    if (heard === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('abc')
  })
  socket.write(
    'POST http://open.example/ HTTP/1.1\r\nHost: open.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
  )
  await until(() => heard.includes(sha256Hex('abc')))
  socket.destroy()
})

test('one connection serves one request after another', async () => {
  await using world = await egressWorld()
  const reply = await world.exchange(`${line}\r\n${line}\r\n${line}Connection: close\r\n\r\n`)
  assert.equal([...reply.matchAll(/HTTP\/1\.1 200 OK/g)].length, 3)
  assert.equal(world.dials.length, 3)
})

test('what the call adds is added outside, and struck from the reply', async () => {
  const secret = 'hunter2-hunter2-hunter2'
  let seen = ''
  await using world = await egressWorld({
    gate: {
      ask: dressed({
        headers: (list) => [...list, ['Authorization', `Bearer ${secret}`]],
        path: (path) => `${path}&key=x`,
        strip: [Buffer.from(secret)],
      }),
    },
    server: (request, response) => {
      seen = `${request.url} ${request.headers.authorization} ${request.headers['accept-encoding']} ${request.headers.range}`
      response.setHeader('X-Echo', String(request.headers.authorization))
      response.write(`you sent ${secret.slice(0, 10)}`)
      setTimeout(() => response.end(`${secret.slice(10)} and ${Buffer.from(secret).toString('base64')}`), 5)
    },
  })
  const reply = await world.get('http://open.example/a?b', 'Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n')
  assert.equal(seen, `/a?b&key=x Bearer ${secret} identity undefined`)
  assert.doesNotMatch(reply, /hunter2/i)
  assert.doesNotMatch(reply, new RegExp(Buffer.from(secret).toString('base64').slice(0, 16)))
  assert.match(reply, /X-Echo: Bearer \*{23}\r\n/i)
  assert.match(reply, / and \*{30}/)
  assert.equal(world.asked[0]?.path, '/a?b')
})

test('a reply in which a secret could hide is not passed on', async () => {
  const ways: readonly { readonly [name: string]: string }[] = [
    { 'Content-Encoding': 'gzip' },
    { 'X-Status': '206' },
  ]
  for (const way of ways) {
    await using world = await egressWorld({
      gate: { ask: dressed({ strip: [Buffer.from('hunter2hunter2')] }) },
      server: (_, response) => response.writeHead(Number(way['X-Status'] ?? 200), way).end('x'),
    })
    assert.equal(statusOf(await world.get('http://open.example/')), 502)
  }
})

test('a tunnel carries bytes both ways when TLS asks for its host', async () => {
  const { key, cert } = await certificateFor('open.example')
  const outside = (stream: Duplex): void => {
    const tls = new TLSSocket(stream, { isServer: true, key, cert })
    tls.on('error', () => undefined)
    tls.on('data', (chunk: Buffer) => tls.end(`heard ${chunk.toString()}`))
  }
  await using world = await egressWorld({ outside })
  const hear = async (servername: string): Promise<string> => {
    const socket = world.dial()
    socket.write('CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n')
    await new Promise((established) => socket.once('data', established))
    const tls = connectTls({ socket, ca: cert, servername, checkServerIdentity: () => undefined })
    let text = ''
    tls.on('data', (chunk) => (text += chunk.toString()))
    tls.on('error', () => undefined)
    tls.once('secureConnect', () => tls.write('me'))
    await new Promise((closed) => tls.once('close', closed))
    return text
  }
  assert.equal(await hear('open.example'), 'heard me')
  assert.equal(await hear('other.example'), '')
  assert.equal(await hear(''), '')
  await until(() => world.outcomes.length >= 3)
  assert.deepEqual(
    world.outcomes.map(({ outcome, result }) => [outcome, result.requestBytes > 0]),
    [
      ['done', true],
      ['failed', false],
      ['failed', false],
    ],
  )
})

test('a tunnel to a port for anything lets the server speak first, and checks TLS all the same', async () => {
  const received: string[] = []
  const outside = (stream: Duplex): void => {
    stream.on('data', (chunk: Buffer) => {
      received.push(chunk.toString('latin1'))
      stream.end('goodbye')
    })
    stream.write('welcome ')
  }
  await using world = await egressWorld({ outside })
  const connect = 'CONNECT open.example:22 HTTP/1.1\r\nHost: open.example:22\r\n\r\n'
  assert.match(await world.exchange(`${connect}SSH-2.0-me\r\n`), /welcome goodbye$/)
  assert.match(await world.exchange(`${connect}\x16\x03\x01\x00\x00`), /welcome |established\r\n\r\n$/)
  assert.deepEqual(received, ['SSH-2.0-me\r\n'])
})

test('inside an opened connection every request is judged with its path', async () => {
  const ours = await certificateFor('open.example')
  const theirs = await certificateFor('open.example')
  const outside = (stream: Duplex): void => {
    const tls = new TLSSocket(stream, { isServer: true, key: theirs.key, cert: theirs.cert })
    tls.on('error', () => undefined)
    tls.once('data', () => tls.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ninside'))
  }
  await using world = await egressWorld({
    outside,
    interceptor: {
      contextFor: (host) => Promise.resolve(host === 'open.example' ? createSecureContext(ours) : null),
    },
    gate: { ask: dressed({ authorities: [theirs.cert] }) },
  })
  const open = async (path: string, host: string, servername = 'open.example'): Promise<number> => {
    const socket = world.dial()
    socket.write('CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n')
    await new Promise((established) => socket.once('data', established))
    assert.deepEqual(world.dials.slice(1), [])
    const tls = connectTls({ socket, ca: ours.cert, servername, ALPNProtocols: ['h2', 'http/1.1'] })
    return new Promise((done) => {
      tls.on('error', () => done(0)).once('close', () => done(0))
      tls.once('secureConnect', () => {
        assert.equal(tls.alpnProtocol, 'http/1.1')
        const request = httpRequest({ createConnection: () => tls, path, headers: { host } })
        request.on('response', (response) => {
          response.resume().once('end', () => {
            done(response.statusCode ?? 0)
            tls.destroy()
          })
        })
        request.on('error', () => done(0)).end()
      })
    })
  }
  assert.equal(await open('/v1/messages?x', 'open.example'), 200)
  assert.deepEqual(
    world.asked.map(({ kind, scheme, host, port, method, path }) => [kind, scheme, host, port, method, path]),
    [['request', 'https', 'open.example', 443, 'GET', '/v1/messages?x']],
  )
  assert.equal(await open('/', 'other.example'), 400)
  assert.equal(await open('/a/../b', 'open.example'), 400)
  assert.equal(await open('http://other.example/', 'open.example'), 400)
  assert.equal(await open('/', 'open.example', 'other.example'), 0)
  assert.equal(world.dials.length, 1)
})

test('a server whose certificate is not trusted is not sent anything', async () => {
  const theirs = await certificateFor('open.example')
  const other = await certificateFor('other.example')
  for (const [ask, pair] of [
    [allow, theirs],
    [dressed({ authorities: [other.cert] }), other],
  ] as const) {
    let heard = 0
    await using world = await egressWorld({
      gate: { ask },
      outside: (stream) => {
        const tls = new TLSSocket(stream, { isServer: true, key: pair.key, cert: pair.cert })
        tls.on('error', () => undefined)
        tls.on('data', () => (heard += 1))
      },
    })
    assert.equal(statusOf(await world.get('https://open.example/')), 502)
    assert.equal(heard, 0)
    await until(() => world.outcomes.length > 0)
    assert.equal(world.outcomes[0]?.outcome, 'failed')
  }
})

test('the socket is private, and is gone afterwards', async () => {
  const world = await egressWorld()
  assert.equal((await stat(world.socket)).mode & 0o777, 0o600)
  await world.proxy.close()
  await world.proxy.close()
  await assert.rejects(stat(world.socket))
  await world[Symbol.asyncDispose]()
})
