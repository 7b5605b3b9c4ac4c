/** Certificates of our own, judged by verifiers that are not: OpenSSL, curl, Python and Node. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { connect, createServer } from 'node:tls'
import type { Authority } from './authority.ts'
import { createAuthority } from './authority.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'custos-tls-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Serves as whatever name is asked for, and runs `body` with the port and the file of the authority. */
async function serving(
  authority: Authority,
  body: (port: number, ca: string) => Promise<void>,
  host?: string,
): Promise<void> {
  const ca = join(folder, `${Math.random().toString(36).slice(2)}.pem`)
  writeFileSync(ca, authority.pem)
  const fixed = host === undefined ? {} : authority.contextFor(host).context
  const server = createServer(
    {
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, authority.contextFor(name)),
      ...(host === undefined ? {} : { secureContext: fixed }),
    },
    (socket: TLSSocket) => {
      socket.on('error', () => {})
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'),
      )
    },
  )
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as AddressInfo).port, ca)
  } finally {
    await new Promise((resolve) => void server.close(resolve))
  }
}

/** Runs a client without blocking the server in this process. */
function run(command: string, args: readonly string[]): Promise<{ status: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (chunk) => (text += String(chunk)))
    child.stderr.on('data', (chunk) => (text += String(chunk)))
    child.once('close', (status) => resolve({ status, text }))
  })
}

function curl(name: string, port: number, ca: string): Promise<{ status: number | null; text: string }> {
  return run('curl', [
    '-sS',
    '--noproxy',
    '*',
    '--cacert',
    ca,
    '--resolve',
    `${name}:${port}:127.0.0.1`,
    `https://${name}:${port}/`,
  ])
}

test('curl believes a host of the authority, and no host beyond its name constraints', async () => {
  const authority = createAuthority({ hosts: ['api.example', '127.0.0.1'] })
  assert.ok(authority.covers('api.example') && !authority.covers('other.example'))
  await serving(authority, async (port, ca) => {
    assert.deepEqual(await curl('api.example', port, ca), { status: 0, text: 'ok' })
    const other = await curl('other.example', port, ca)
    assert.equal(other.status, 60)
    assert.match(other.text, /permitted subtree/u)
  })
})

test('an authority for names alone may not speak for addresses', async () => {
  const authority = createAuthority({ hosts: ['api.example'] })
  const leaf = join(folder, 'leaf.pem')
  const ca = join(folder, 'names.pem')
  writeFileSync(ca, authority.pem)
  await serving(authority, async (port) => {
    const seen = await certificateOf(port, 'api.example')
    writeFileSync(leaf, seen.toString())
  })
  assert.match(
    execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', ca, leaf], { encoding: 'utf8' }),
    /OK/u,
  )
  assert.match(
    execFileSync('openssl', ['x509', '-in', ca, '-noout', '-text'], { encoding: 'utf8' }),
    /IP:0\.0\.0\.0\/255/u,
  )
})

function certificateOf(port: number, servername: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate === undefined) reject(new Error('no certificate'))
      else resolve(certificate)
    })
    socket.on('error', reject)
  })
}

test('the strict checks of OpenSSL and Python pass', async () => {
  const authority = createAuthority({ hosts: ['api.example'] })
  await serving(authority, async (port, ca) => {
    const openssl = await run('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      'api.example',
      '-CAfile',
      ca,
      '-x509_strict',
      '-verify_return_error',
      '-verify_hostname',
      'api.example',
    ])
    assert.match(openssl.text, /Verify return code: 0 \(ok\)/u)
    const script = [
      'import socket, ssl, sys',
      'context = ssl.create_default_context(cafile=sys.argv[1])',
      'context.verify_flags |= ssl.VERIFY_X509_STRICT',
      "plain = socket.create_connection(('127.0.0.1', int(sys.argv[2])))",
      "print(context.wrap_socket(plain, server_hostname='api.example').getpeercert()['subjectAltName'])",
    ].join('\n')
    const python = await run('python3', ['-c', script, ca, String(port)])
    assert.equal(python.text.trim(), "(('DNS', 'api.example'),)")
  })
})

test('a seed gives the same key again, so that a sandbox need not be told anew whom to trust', async () => {
  const seed = Buffer.alloc(32, 7)
  const before = createAuthority({ hosts: ['api.example'], seed })
  const again = createAuthority({ hosts: ['api.example'], seed })
  const other = createAuthority({ hosts: ['api.example'], seed: Buffer.alloc(32, 8) })
  const keyOf = ({ pem }: Authority): string =>
    String(new X509Certificate(pem).publicKey.export({ format: 'jwk' }).x)
  assert.equal(keyOf(before), keyOf(again))
  assert.notEqual(keyOf(before), keyOf(other))
  const ca = join(folder, 'before.pem')
  writeFileSync(ca, before.pem)
  await serving(again, async (port) => {
    assert.deepEqual(await curl('api.example', port, ca), { status: 0, text: 'ok' })
  })
  await serving(other, async (port) => {
    assert.equal((await curl('api.example', port, ca)).status, 60)
  })
})

test('addresses are named as addresses, and long lists of hosts keep their lengths right', () => {
  const hosts = [
    '127.0.0.1',
    '::1',
    '2001:db8::5',
    ...Array.from({ length: 60 }, (_, at) => `host-${at}.some.example`),
  ]
  const authority = createAuthority({ hosts })
  const file = join(folder, 'many.pem')
  writeFileSync(file, authority.pem)
  const text = spawnSync('openssl', ['x509', '-in', file, '-noout', '-text'], { encoding: 'utf8' }).stdout
  assert.match(text, /IP:2001:DB8:0:0:0:0:0:5/u)
  assert.match(text, /DNS:host-59\.some\.example/u)
  assert.match(text, /CA:TRUE, pathlen:0/u)
  for (const host of hosts) assert.ok(authority.contextFor(host))
})

test('certificates for a host are made once, and made again before they end', () => {
  let time = Date.UTC(2030, 0, 1)
  const authority = createAuthority({ hosts: null, now: () => time })
  const first = authority.contextFor('api.example')
  assert.equal(authority.contextFor('api.example'), first)
  time += 25 * 3_600_000
  assert.notEqual(authority.contextFor('api.example'), first)
})
