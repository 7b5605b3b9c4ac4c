/**
 * What a program under `custos run` may try with the two sockets that lead out: other tokens at the kernel's, other
 * credentials at the proxy, text that is nested too deeply at both, and the end of the bridge between. Each time the
 * kernel, the proxy and the runs beside it go on as before, and the record does not grow with what was refused.
 */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import type { LocalServer } from '../run/run-world.ts'
import { localServer, runHome } from '../run/run-world.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const denied = 403
/** For the programs: a request by way of the proxy, or at its socket; the status, or how it failed. */
const request = `import { request } from 'node:http'
  export const ask = (url, { headers = {}, body = '', at = { host: '127.0.0.1', port: 3128 } } = {}) =>
    new Promise((resolve) => {
      const asked = request({ ...at, path: url, method: body === '' ? 'GET' : 'POST', headers: { host: new URL(url).host, ...headers } })
      asked.on('error', (problem) => resolve(problem.code))
      asked.on('response', (answer) => (answer.resume(), answer.on('end', () => resolve(answer.statusCode)).on('error', () => resolve('cut'))))
      asked.end(body)
    })`

let home: CommandLineHome
let server: LocalServer
/** What the last request of a program said of who asks. */
let credentials: readonly (string | undefined)[] = []

before(async () => {
  home = await runHome()
  server = await localServer((request, response) => {
    const { authorization } = request.headers
    credentials = [authorization, request.headers['proxy-authorization']]
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => response.end(`${bytes} bytes\n`))
  })
  for (const part of ['base', 'wire', 'sdk'])
    cpSync(join(repository, 'src', part), join(home.work, part), { recursive: true })
  home.write('package.json', '{"type":"module"}')
  home.write('ask.js', request)
  // An agent with nothing to its name: what its runs are not granted is refused at once, and not asked for.
  await home.must('agent', 'add', 'narrow', '--token-file', join(home.folder, 'narrow.token'))
})
after(async () => {
  await server.close()
  await home.remove()
})

async function lastEvent(): Promise<number> {
  const { kernel } = JSON.parse((await home.must('status', '--json')).stdout) as { kernel: { seq: number } }
  return kernel.seq
}

/** Runs a program that prints one line of JSON. */
async function told(file: string, text: string, ...flags: readonly string[]): Promise<unknown> {
  home.write(file, text)
  const who = ['--agent', 'narrow', '--token-file', join(home.folder, 'narrow.token')]
  const ran = await home.run('run', ...who, ...flags, '--', process.execPath, file)
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

test('at the kernel’s socket no token but its own lets a program in, and trying does not fill the record', async () => {
  const from = await lastEvent()
  const found = await told(
    'tokens.js',
    `import { connectAgent } from './sdk/agent.ts'
    const own = process.env.CUSTOS_TOKEN
    const other = (letter) => (letter === 'a' ? 'b' : 'a')
    const guesses = ['x', 'a'.repeat(own.length), own.slice(1), own + 'a', other(own[0]) + own.slice(1), own + '\\0', '0'.repeat(64)]
    for (let n = 0; n < 20; n++) guesses.push(n.toString(16).padStart(own.length, '0'))
    const attempt = (token) => connectAgent({ token }).then((agent) => (agent.close(), 'in'), () => 'out')
    const wrong = await Promise.all(guesses.map(attempt))
    process.stdout.write(JSON.stringify({ wrong: [...new Set(wrong)], own: await attempt(own) }))`,
  )
  assert.deepEqual(found, { wrong: ['out'], own: 'in' })
  assert.ok((await lastEvent()) - from < 20, `${(await lastEvent()) - from} events for 27 guesses`)
})

test('what is nested too deeply is refused at the kernel’s socket, and refusals without end are counted, not kept', async () => {
  const from = await lastEvent()
  const found = await told(
    'deep.js',
    `import { connect } from 'node:net'
    import { once } from 'node:events'
    import { connectAgent } from './sdk/agent.ts'
    const raw = connect(process.env.CUSTOS_SOCKET)
    raw.on('error', () => {})
    const closed = once(raw, 'close')
    raw.end('['.repeat(1 << 20))
    raw.resume()
    await closed
    const agent = await connectAgent()
    const deep = Buffer.from('{"a":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}')
    const codes = new Set()
    const first = await agent.call({ object: 'nothing', selector: 'tools/x', arguments: deep }).catch(() => null)
    const again = await connectAgent()
    for (let n = 0; n < 400; n++) {
      const answer = await again.call({ object: 'nothing', selector: 'tools/x', arguments: { n } })
      codes.add(answer.ok ? 'done' : answer.refusal.code)
    }
    process.stdout.write(JSON.stringify({ first: first?.ok ?? false, codes: [...codes] }))
    process.exit(0)`,
  )
  const { first, codes } = found as { readonly first: boolean; readonly codes: readonly string[] }
  assert.equal(first, false)
  assert.ok(codes.length > 0 && !codes.includes('done'), codes.join())
  assert.ok((await lastEvent()) - from < 200, `${(await lastEvent()) - from} events for 400 refusals`)
})

test('a credential for the proxy says nothing: what is granted is, what is not is refused, and nobody is told of it', async () => {
  const found = await told(
    'proxy.js',
    `import { ask } from './ask.js'
    const basic = (text) => ({ 'proxy-authorization': 'Basic ' + Buffer.from(text).toString('base64') })
    const guesses = [{}, basic('operator:operator'), basic(process.env.CUSTOS_TOKEN), { 'proxy-authorization': 'Bearer ' + process.env.CUSTOS_TOKEN }]
    const answers = []
    for (const headers of guesses) answers.push(await ask('${server.url}/granted', { headers }), await ask('http://elsewhere.test/', { headers }))
    process.stdout.write(JSON.stringify(answers))`,
    '--net',
    server.net,
  )
  assert.deepEqual(found, [200, denied, 200, denied, 200, denied, 200, denied])
  assert.deepEqual(credentials, [undefined, undefined])
})

test('a body of a million brackets is bytes to the proxy, and a head of them is refused', async () => {
  const found = await told(
    'brackets.js',
    `import { ask } from './ask.js'
    const deep = '['.repeat(1 << 20)
    const body = await ask('${server.url}/deep', { body: deep })
    const head = await ask('${server.url}/deep', { headers: { 'x-deep': deep } })
    process.stdout.write(JSON.stringify({ body, isRefused: head !== 200, after: await ask('${server.url}/after') }))`,
    '--net',
    server.net,
  )
  assert.deepEqual(found, { body: 200, isRefused: true, after: 200 })
})

test('a program that kills its bridge and takes its place has its own way to the gate left, and others have theirs', async () => {
  const found = await told(
    'bridge.js',
    `import { readFileSync, readdirSync } from 'node:fs'
    import { createServer } from 'node:http'
    import { ask } from './ask.js'
    const named = (pid) => { try { return readFileSync('/proc/' + pid + '/cmdline', 'latin1') } catch { return '' } }
    const bridges = readdirSync('/proc').filter((pid) => /^\\d+$/.test(pid) && named(pid).startsWith('custos-bridge'))
    for (const pid of bridges) process.kill(Number(pid), 'SIGKILL')
    let gone = 200
    // A bridge that is being killed may still take a connection, and cut it.
    for (const late = Date.now() + 60_000; gone !== 'ECONNREFUSED' && Date.now() < late;) gone = await ask('${server.url}/gone')
    const place = createServer((_, response) => response.end('mine'))
    await new Promise((resolve) => place.listen(3128, '127.0.0.1', resolve))
    const mine = await ask('http://elsewhere.test/')
    const folder = '/run/custos/egress'
    let sockets
    try { sockets = readdirSync(folder).map((name) => folder + '/' + name) } catch { sockets = [folder] }
    const direct = []
    for (const socketPath of sockets) direct.push(await ask('${server.url}/direct', { at: { socketPath } }), await ask('http://elsewhere.test/', { at: { socketPath } }))
    place.close()
    process.stdout.write(JSON.stringify({ killed: bridges.length, gone, mine, direct }))
    process.exit(0)`,
    '--net',
    server.net,
    '--rung',
    'bubblewrap',
  )
  assert.deepEqual(found, { killed: 1, gone: 'ECONNREFUSED', mine: 200, direct: [200, denied] })
  assert.ok(!server.requests.some((one) => one.includes('elsewhere')))
  const beside = `import { ask } from './ask.js'; process.stdout.write(JSON.stringify(await ask('${server.url}/beside')))`
  assert.equal(await told('beside.js', beside, '--net', server.net), 200)
})
