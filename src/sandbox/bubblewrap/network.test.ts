import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { starters, Trial } from '../../../test/sandbox/trial.ts'

const shell = (script: string): readonly string[] => ['sh', '-c', script]

/** Those that a test which fails leaves open would keep the whole file from ending. */
const open = new Set<Server>()
after(() => Promise.all([...open].map(close)))

/** Answers every request with what it was asked for, and tells of it. */
async function proxyAt(path: string, onAnswered: (method: string) => void = () => {}): Promise<Server> {
  const server = createHttpServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
    request.on('end', () => response.end(`${request.method} ${request.url} ${bytes}\n`))
    response.on('finish', () => onAnswered(request.method ?? ''))
  })
  open.add(server)
  await once(server.listen(path), 'listening')
  chmodSync(path, 0o666)
  return server
}

async function close(server: Server): Promise<void> {
  open.delete(server)
  server.close()
  if ('closeAllConnections' in server)
    (server as unknown as { closeAllConnections(): void }).closeAllConnections()
  await once(server, 'close')
}

for (const starter of starters) {
  describe(`the network of a boundary that ${starter} starts`, () => {
    const trial = new Trial(starter)
    after(() => trial.remove())

    test('has no way out, not even to the machine itself', async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const script = `cat /proc/net/dev /proc/net/route; (exec 3<>/dev/tcp/127.0.0.1/${port}) && echo REACHED`
      const { stdout } = await trial.run({}, ['bash', '-c', script])
      assert.doesNotMatch(stdout, /REACHED|eth|enp|wlan/)
      await close(server)
    })

    test('programs find the egress socket by the usual variables, and find it again when it was made anew', async () => {
      const egress = join(trial.makeFolder('egress'), 'egress.sock')
      const first = await proxyAt(egress)
      const fetch =
        'curl -sS http://host.example/path; head -c 3000000 /dev/zero | curl -sS --data-binary @- http://b.example/'
      const seen = await trial.output({ sockets: { egress } }, shell(fetch))
      assert.equal(seen, 'GET http://host.example/path 0\nPOST http://b.example/ 3000000\n')
      await close(first)
      rmSync(egress, { force: true })
      const answered = Promise.withResolvers<void>()
      const second = await proxyAt(egress, (method) => method === 'POST' && answered.resolve())
      const signs = trial.makeFolder('signs')
      const script = `${fetch}; until [ -e ${signs}/anew ]; do sleep 0.05; done; ${fetch}`
      const running = trial.run({ sockets: { egress }, readable: [signs] }, shell(script))
      await Promise.race([answered.promise, running])
      await close(second)
      rmSync(egress, { force: true })
      const third = await proxyAt(egress)
      trial.makeFile('signs/anew', '')
      const { stdout, stderr } = await running
      assert.equal(stdout.match(/POST/g)?.length, 2, stderr)
      await close(third)
    })

    test('many connections go through the bridge at once, and it survives their ends', async () => {
      const egress = join(trial.makeFolder('many'), 'egress.sock')
      const server = await proxyAt(egress)
      const script =
        'for i in $(seq 40); do curl -sS http://host.example/$i & done; wait; curl -sS http://host.example/last'
      const seen = await trial.output({ sockets: { egress } }, shell(script))
      assert.equal(seen.trim().split('\n').length, 41)
      await close(server)
    })

    test('the program is not the bridge’s parent and does not hold its streams open', async () => {
      const egress = join(trial.makeFolder('apart'), 'egress.sock')
      const server = await proxyAt(egress)
      const script = 'use POSIX; print waitpid(-1, WNOHANG), "\\n"'
      assert.equal(await trial.output({ sockets: { egress } }, ['perl', '-e', script]), '-1\n')
      await close(server)
    })

    test('a socket of the host is covered in a shown folder and dead in a viewed one', async () => {
      const folder = trial.makeFolder('sockets')
      const other = join(folder, 'service.sock')
      const server = await proxyAt(other)
      const store = trial.makeFolder('sockets-store')
      const script = `curl -sS --unix-socket ${other} http://x/`
      for (const part of [
        { readable: [folder] },
        { writable: [folder] },
        { views: [{ path: folder, store }] },
      ]) {
        const { stdout, end } = await trial.run(part, shell(script))
        assert.equal(stdout, '')
        assert.notEqual(end.status, 0)
      }
      await close(server)
    })

    test('the kernel’s socket is there when it is given, and only then', async () => {
      const agent = join(trial.makeFolder('agent'), 'agent.sock')
      const server = await proxyAt(agent)
      const script = 'curl -sS --unix-socket "$CUSTOS_SOCKET" http://kernel/'
      assert.equal(await trial.output({ sockets: { agent } }, shell(script)), 'GET / 0\n')
      assert.equal(await trial.output({}, shell('ls -A /run/custos')), '')
      await close(server)
    })

    test('programs are told to trust the authority, beside those of the system', async () => {
      const authority = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n'
      const script =
        'cat "$NODE_EXTRA_CA_CERTS"; wc -l < "$SSL_CERT_FILE"; tail -n 3 "$CURL_CA_BUNDLE"; echo x > $SSL_CERT_FILE'
      const { stdout, stderr } = await trial.run({ authority }, shell(script))
      const system = readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8').split('\n').length - 1
      assert.equal(stdout, `${authority}${system + 3}\n${authority}`)
      assert.match(stderr, /Permission denied|Read-only/)
    })
  })
}
