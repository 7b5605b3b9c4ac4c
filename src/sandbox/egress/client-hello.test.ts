/** The name in the beginning of TLS: from real clients, in pieces, and broken. */
import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { connect } from 'node:tls'
import * as fc from 'fast-check'
import { readClientHello } from './client-hello.ts'
import { isTlsPort, problemOfHello } from './server-name.ts'

/** What Node's own client begins with. */
async function helloOf(servername: string): Promise<Buffer> {
  const [near, far] = duplexPair()
  const client = connect({ socket: near, servername, rejectUnauthorized: false })
  client.on('error', () => undefined)
  const bytes = await new Promise<Buffer>((done) => far.once('data', done))
  client.destroy()
  return bytes
}

/** The same handshake bytes in records of `size` bytes. */
function split(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

/** A ClientHello with these extensions, each a type and its content. */
function made(extensions: readonly (readonly [type: number, content: Buffer])[]): Buffer {
  const list = Buffer.concat(
    extensions.flatMap(([type, content]) => [
      Buffer.from([0, type, content.length >> 8, content.length & 0xff]),
      content,
    ]),
  )
  const head = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0])])
  const body = Buffer.concat([head, Buffer.from([list.length >> 8, list.length & 0xff]), list])
  const message = Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 0xff]), body])
  return Buffer.concat([Buffer.from([22, 3, 1, message.length >> 8, message.length & 0xff]), message])
}

function nameList(...names: readonly string[]): Buffer {
  const entries = Buffer.concat(
    names.flatMap((name) => [
      Buffer.from([0, name.length >> 8, name.length & 0xff]),
      Buffer.from(name, 'latin1'),
    ]),
  )
  return Buffer.concat([Buffer.from([entries.length >> 8, entries.length & 0xff]), entries])
}

test('the name that a real client asks for is read', async () => {
  assert.deepEqual(readClientHello(await helloOf('api.example')), { kind: 'hello', name: 'api.example' })
  assert.deepEqual(readClientHello(await helloOf('API.Example')), { kind: 'hello', name: 'api.example' })
  assert.deepEqual(readClientHello(await helloOf('')), { kind: 'hello', name: null })
})

test('every beginning of it is partial, and what follows does not matter', async () => {
  const hello = await helloOf('api.example')
  for (let length = 0; length < hello.length; length += 1)
    assert.equal(readClientHello(hello.subarray(0, length)).kind, 'partial', String(length))
  const longer = Buffer.concat([hello, Buffer.from('early data')])
  assert.deepEqual(readClientHello(longer), { kind: 'hello', name: 'api.example' })
})

test('a handshake in several records is put together, up to a bound', async () => {
  const hello = await helloOf('api.example')
  const size = Math.ceil(hello.length / 8)
  assert.deepEqual(readClientHello(split(hello, size)), { kind: 'hello', name: 'api.example' })
  assert.equal(readClientHello(split(hello, 1)).kind, 'other')
})

test('what is not TLS is told from what is broken TLS', () => {
  for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\x80\x2e\x01\x03\x01', '\x16\x02\x01'])
    assert.deepEqual(
      { ...readClientHello(Buffer.from(text, 'latin1')), reason: '' },
      { kind: 'other', reason: '', isTls: false },
    )
  const broken = [
    Buffer.from([22, 3, 1, 0, 0]),
    Buffer.from([22, 3, 1, 0xff, 0xff]),
    Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]),
    Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]),
    Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]),
  ]
  for (const bytes of broken) {
    const reading = readClientHello(bytes)
    assert.ok(reading.kind === 'other' && reading.isTls, bytes.toString('hex'))
  }
})

test('a name that could be read in two ways is refused', () => {
  const name = nameList('api.example')
  assert.deepEqual(readClientHello(made([[0, name]])), { kind: 'hello', name: 'api.example' })
  const wrong: readonly (readonly (readonly [number, Buffer])[])[] = [
    [[0, nameList('api.example', 'other.example')]],
    [
      [0, name],
      [0, nameList('other.example')],
    ],
    [[0, nameList('')]],
    [[0, nameList('api.example\0.other')]],
    [[0, Buffer.alloc(0)]],
    [[0, Buffer.concat([name, Buffer.alloc(1)])]],
    [[0, Buffer.from([0, 3, 1, 0, 0])]],
  ]
  for (const extensions of wrong) assert.equal(readClientHello(made(extensions)).kind, 'other')
})

test('bytes of any kind are answered', () => {
  const tail = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(
      fc.constantFrom([], [22], [22, 3], [22, 3, 1, 0, 40, 1, 0, 0, 36, 3, 3]),
      tail,
      (head, bytes) => {
        const { kind } = readClientHello(Buffer.from([...head, ...bytes]))
        assert.ok(kind === 'partial' || kind === 'hello' || kind === 'other')
      },
    ),
    { numRuns: 2000 },
  )
})

test('the name must be that of the host, and an address has none', () => {
  const host = { name: 'api.example', isAddress: false }
  assert.equal(problemOfHello({ kind: 'hello', name: 'api.example' }, host), null)
  for (const name of ['other.example', 'api.example.', 'www.api.example', null])
    assert.notEqual(problemOfHello({ kind: 'hello', name }, host), null)
  const address = { name: '93.184.215.14', isAddress: true }
  assert.equal(problemOfHello({ kind: 'hello', name: null }, address), null)
  assert.notEqual(problemOfHello({ kind: 'hello', name: 'api.example' }, address), null)
  assert.ok(isTlsPort(443) && !isTlsPort(80) && !isTlsPort(22))
})
