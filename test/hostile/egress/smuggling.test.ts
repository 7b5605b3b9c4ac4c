/**
 * Requests that two readers read differently. Each of them either is refused and leaves nothing, or leaves as
 * exactly one request that has one meaning.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Duplex } from 'node:stream'
import { allow, egressWorld, type EgressWorld, statusOf } from './egress-world.ts'

const line = 'GET http://open.example/ HTTP/1.1\r\nHost: open.example\r\n'
const post = 'POST http://open.example/ HTTP/1.1\r\nHost: open.example\r\n'
const inner = 'GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n'

/** Bytes that must be answered with an error and reach neither the gate nor anybody outside. */
const refused: { readonly [name: string]: string } = {
  'a length and chunks': `${post}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG`,
  'chunks and a length': `${post}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG`,
  'two lengths': `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  'the same length twice': `${post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`,
  'a list of lengths': `${post}Content-Length: 3, 4\r\n\r\nabcd`,
  'a length with a sign': `${post}Content-Length: +3\r\n\r\nabc`,
  'a negative length': `${post}Content-Length: -1\r\n\r\nabc`,
  'a length in hexadecimal': `${post}Content-Length: 0x3\r\n\r\nabc`,
  'a length with leading zeros': `${post}Content-Length: 003\r\n\r\nabc`,
  'a length beyond numbers': `${post}Content-Length: 99999999999999999999\r\n\r\nabc`,
  'a coding that only looks chunked': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'chunks that are not last': `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'a coding under the chunks': `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'two codings': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'the coding twice': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a vertical tab before the coding': `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'chunks in HTTP/1.0': `POST http://open.example/ HTTP/1.0\r\nHost: open.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a chunk size with a prefix': `${post}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`,
  'a chunk size that overflows': `${post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n`,
  'a chunk that ends in a bare LF': `${post}Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n`,
  'a chunk longer than it says': `${post}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`,
  'a negative chunk': `${post}Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n`,
  'a bare LF after the request line': 'GET http://open.example/ HTTP/1.1\nHost: open.example\r\n\r\n',
  'a bare LF after a header': `${line}X: 1\nY: 2\r\n\r\n`,
  'a bare CR in a header': `${line}X: 1\rY: 2\r\n\r\n`,
  'a folded header': `${line}X: 1\r\n 2\r\n\r\n`,
  'a header folded with a tab': `${line}X: 1\r\n\t2\r\n\r\n`,
  'a space before the first header': 'GET http://open.example/ HTTP/1.1\r\n Host: open.example\r\n\r\n',
  'a NUL in a header': `${line}X: a\0b\r\n\r\n`,
  'a header without a name': `${line}: a\r\n\r\n`,
  'a header without a colon': `${line}nothing\r\n\r\n`,
  'a header name with a bracket': `${line}X(y): a\r\n\r\n`,
  'a header name with a space': `${line}X y: a\r\n\r\n`,
  'a header name in high bytes': `${line}X\xff: a\r\n\r\n`,
  'two hosts': `${line}Host: other.example\r\n\r\n`,
  'the same host twice': `${line}Host: open.example\r\n\r\n`,
  'no host': 'GET http://open.example/ HTTP/1.1\r\n\r\n',
  'a host that is not the target': 'GET http://open.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n',
  'a port that is not the target': 'GET http://open.example/ HTTP/1.1\r\nHost: open.example:81\r\n\r\n',
  'a host with a list': 'GET http://open.example/ HTTP/1.1\r\nHost: open.example, other.example\r\n\r\n',
  'an empty host': 'GET http:///x HTTP/1.1\r\nHost: \r\n\r\n',
  'a host behind a backslash':
    'GET http://open.example\\@other.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a host behind a fragment':
    'GET http://open.example#@other.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a target without a host': 'GET / HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a target that is a star': 'OPTIONS * HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'another scheme': 'GET ftp://open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a file': 'GET file:///etc/passwd HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'one slash': 'GET http:/open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a target with a space': 'GET http://open.example/ HTTP/1.1 HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a target with a tab': 'GET http://open.example/\ta HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a target in raw UTF-8': 'GET http://open.example/\xc3\xa9 HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a host in raw UTF-8': 'GET http://\xe2\x91\xa0.example/ HTTP/1.1\r\nHost: a\r\n\r\n',
  'dots in the path': `GET http://open.example/a/../b HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'one dot in the path': `GET http://open.example/a/./b HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'encoded dots in the path': `GET http://open.example/a/%2e%2E/b HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'dots behind an encoded slash': `GET http://open.example/a/..%2fb HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'dots encoded twice': `GET http://open.example/a/%252e%252e/b HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'dots behind a backslash': `GET http://open.example/a/..%5cb HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'dots with a parameter': `GET http://open.example/a/..;x/b HTTP/1.1\r\nHost: open.example\r\n\r\n`,
  'a method in lower case': 'get http://open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a method that does not exist': 'SMUGGLE http://open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  TRACE: 'TRACE http://open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'HTTP/0.9': 'GET http://open.example/\r\n\r\n',
  'HTTP/1.2': 'GET http://open.example/ HTTP/1.2\r\nHost: open.example\r\n\r\n',
  'HTTP/2 by prior knowledge': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a WebSocket': `${line}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
  'an expectation': `${line}Expect: miracles\r\n\r\n`,
  'Connection that lists the host': `${line}Connection: close, Host\r\n\r\n`,
  'Connection that lists the length': `${post}Content-Length: 3\r\nConnection: content-length\r\n\r\nabc`,
  'Connection that lists a credential': `${line}Connection: Authorization\r\n\r\n`,
  'a tunnel with a body': `CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\nContent-Length: 3\r\n\r\nabc`,
  'a tunnel with chunks': `CONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a tunnel without a port': 'CONNECT open.example HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a tunnel to a path': 'CONNECT open.example:443/x HTTP/1.1\r\nHost: open.example:443\r\n\r\n',
  'a tunnel to an address with a scheme':
    'CONNECT http://open.example/ HTTP/1.1\r\nHost: open.example\r\n\r\n',
  'a tunnel to another host than it says':
    'CONNECT open.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n',
  'a tunnel to port 0': 'CONNECT open.example:0 HTTP/1.1\r\nHost: open.example:0\r\n\r\n',
  'a tunnel to a port beyond ports': 'CONNECT open.example:65536 HTTP/1.1\r\nHost: a\r\n\r\n',
}

for (const [name, bytes] of Object.entries(refused)) {
  test(`${name} is refused and goes nowhere`, async () => {
    await using world = await egressWorld()
    const socket = world.dial()
    const reply = await new Promise<string>((done) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        if (statusOf(text) >= 400) socket.destroy()
      })
      socket.once('close', () => done(text))
      socket.end(Buffer.from(bytes, 'latin1'))
    })
    assert.ok(statusOf(reply) >= 400 && statusOf(reply) < 600, `answered: ${reply}`)
    assert.deepEqual(world.dials, [])
    assert.deepEqual(world.lookups, [])
  })
}

/** Everything that arrives outside, connection by connection. */
async function outsideOf(act: (world: EgressWorld) => Promise<unknown>): Promise<readonly string[]> {
  const received: string[] = []
  const outside = (stream: Duplex): void => {
    const at = received.push('') - 1
    stream.on('data', (chunk) => {
      received[at] += chunk.toString('latin1')
      if (/\r\n\r\n(?:$|.*0\r\n\r\n$|[^\r]+$)/s.test(received[at] ?? '')) {
        stream.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }
    })
  }
  await using world = await egressWorld({ outside })
  await act(world)
  return received
}

test('a second request in the body of the first stays a body', async () => {
  const received = await outsideOf((world) =>
    world.exchange(`${post}Connection: close\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`),
  )
  assert.equal(received.length, 1)
  assert.match(received[0] ?? '', /^POST \/ HTTP\/1\.1\r\n/)
  assert.match(received[0] ?? '', new RegExp(`Content-Length: ${inner.length}\r\n`))
})

test('two requests on one connection are judged one by one and leave on two', async () => {
  const seen: string[] = []
  await using world = await egressWorld({
    gate: {
      ask(request, perform, gone) {
        seen.push(request.host)
        if (request.host === 'other.example')
          return Promise.resolve({ kind: 'refused', code: 'not-held', message: '', needed: '', seq: 1 })
        return allow(request, perform).finally(() => gone)
      },
    },
  })
  const last = inner.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
  const reply = await world.exchange(`${line}\r\n${last}`)
  assert.deepEqual(seen, ['open.example', 'other.example'])
  assert.deepEqual(
    [...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
    ['200', '403'],
  )
  assert.equal(world.dials.length, 1)
})

test('framing, hop-by-hop headers and the host are written anew', async () => {
  const [received = ''] = await outsideOf((world) =>
    world.exchange(
      [
        'POST http://Open.Example:80/p?q=1 HTTP/1.1',
        'hOsT: OPEN.example',
        'Connection: close, X-Hop',
        'X-Hop: 1',
        'Keep-Alive: 1',
        'TE: trailers',
        'Trailer: X-Late',
        'Proxy-Authorization: Basic eA==',
        'Proxy-Connection: close',
        'Proxy: http://other.example',
        'Upgrade: h2c',
        'HTTP2-Settings: AAA',
        'Transfer-Encoding: chunked',
        'X-End: a',
        'X-End: b',
        '',
        '3;extension=1\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n',
      ].join('\r\n'),
    ),
  )
  assert.deepEqual(received.split('\r\n'), [
    'POST /p?q=1 HTTP/1.1',
    'Host: open.example',
    'X-End: a',
    'X-End: b',
    'Content-Length: 3',
    'Connection: close',
    '',
    'abc',
  ])
})

test('a tunnel is not opened on a connection that owes an answer', async () => {
  let waiting = 0
  await using world = await egressWorld({
    gate: {
      ask: (_, __, gone) => {
        waiting += 1
        return new Promise((done) =>
          gone.addEventListener('abort', () => done({ kind: 'unavailable', reason: 'gone' }), { once: true }),
        )
      },
    },
  })
  const reply = await world.exchange(
    `${line}\r\nCONNECT open.example:443 HTTP/1.1\r\nHost: open.example:443\r\n\r\n`,
  )
  assert.equal(statusOf(reply), 400)
  assert.equal(waiting, 1)
  assert.deepEqual(world.dials, [])
})

/** What a server sends that is not one well-formed reply. */
const badReplies: { readonly [name: string]: string } = {
  'a length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  'a folded header': 'HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 0\r\n\r\n',
  'a bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'a coding under the chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'an upgrade that nobody asked for':
    'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nfree',
  'no status': 'HTTP/1.1 OK\r\n\r\n',
  'a status below 100': 'HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n',
  'a status above 599': 'HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n',
  'something else than HTTP': 'SSH-2.0-OpenSSH_9.9\r\n',
  'nothing at all': '',
  'headers without end': `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`,
  'more headers than allowed': `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(200)}Content-Length: 0\r\n\r\n`,
}

for (const [name, bytes] of Object.entries(badReplies)) {
  test(`a reply with ${name} is not passed on`, async () => {
    const outside = (stream: Duplex): void => {
      stream.once('data', () => stream.end(Buffer.from(bytes, 'latin1')))
    }
    await using world = await egressWorld({ outside })
    assert.equal(statusOf(await world.get('http://open.example/')), 502)
    assert.notEqual(world.outcomes[0]?.outcome, 'done')
  })
}

test('bytes after a reply are nobody’s', async () => {
  const outside = (stream: Duplex): void => {
    stream.once('data', () =>
      stream.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Smuggled: 1\r\n\r\n'),
    )
  }
  await using world = await egressWorld({ outside })
  const reply = await world.get('http://open.example/')
  assert.equal(statusOf(reply), 200)
  assert.doesNotMatch(reply, /X-Smuggled/)
})

test('interim replies and trailers are dropped', async () => {
  const outside = (stream: Duplex): void => {
    stream.once('data', () =>
      stream.end(
        'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 Fine Words\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n',
      ),
    )
  }
  await using world = await egressWorld({ outside })
  const reply = await world.get('http://open.example/')
  assert.equal(statusOf(reply), 200)
  assert.doesNotMatch(reply, /X-T|Early|Fine Words/)
})
