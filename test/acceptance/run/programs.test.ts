/** Ordinary programs under `custos run`: they work as they are, and what they change is kept apart. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import type { LocalServer } from './run-world.ts'
import { listen, localServer, runHome, until } from './run-world.ts'

let home: CommandLineHome
let server: LocalServer

before(async () => {
  home = await runHome()
  server = await localServer((request, response) => response.end(`you asked for ${request.url}\n`))
})
after(async () => {
  await server.close()
  await home.remove()
})

test('what a program changes is not in the folder, and is in its own view', async () => {
  home.write('kept.txt', 'before\n')
  const script = 'cat kept.txt; echo after > kept.txt; echo new > made.txt; cat kept.txt made.txt; exit 7'
  const ran = await home.run('run', '--', 'sh', '-c', script)
  assert.equal(ran.status, 7, ran.stderr)
  assert.equal(ran.stdout, 'before\nafter\nnew\n')
  assert.equal(readFileSync(join(home.work, 'kept.txt'), 'utf8'), 'before\n')
  assert.equal(existsSync(join(home.work, 'made.txt')), false)
  assert.match(ran.stderr, /2 changes in .*: 1 modified, 1 added|2 changes in .*: 1 added, 1 modified/u)
  assert.match(ran.stderr, /custos changes show [a-z0-9]{6}/u)
})

test('a run that changes nothing leaves nothing behind', async () => {
  const earlier = readdirSync(join(home.home, 'runs')).length
  const ran = await home.run('run', '--json', '--', 'true')
  assert.equal(ran.status, 0, ran.stderr)
  const { changes, kept, rung } = JSON.parse(ran.stdout) as { changes: number; kept: boolean; rung: string }
  assert.deepEqual([changes, kept], [0, false])
  assert.ok(['gvisor', 'bubblewrap', 'landlock'].includes(rung))
  assert.equal(readdirSync(join(home.home, 'runs')).length, earlier)
})

test('a folder that is named writable is written in place, and one without a view is only read', async () => {
  const ran = await home.run('run', '--writable', '.', '--', 'sh', '-c', 'echo there > in-place.txt')
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(readFileSync(join(home.work, 'in-place.txt'), 'utf8'), 'there\n')
  const read = await home.run('run', '--no-view', '--', 'sh', '-c', 'cat in-place.txt; echo x > in-place.txt')
  assert.equal(read.stdout, 'there\n')
  assert.notEqual(read.status, 0)
  assert.equal(readFileSync(join(home.work, 'in-place.txt'), 'utf8'), 'there\n')
})

test('statuses are the program’s; what is not there is 127, what cannot be made is 125', async () => {
  assert.equal((await home.run('run', '--', 'sh', '-c', 'kill -TERM $$')).status, 143)
  assert.equal((await home.run('run', '--', 'no-such-program')).status, 127)
  home.write('plain.txt', 'no program')
  assert.equal((await home.run('run', '--', './plain.txt')).status, 126)
  assert.equal((await home.run('run', '--writable', '/', '--', 'true')).status, 125)
  assert.equal((await home.run('run', '--agent', 'nobody', '--', 'true')).status, 125)
  assert.equal((await home.run('run', '--time', '300ms', '--', 'sleep', '30')).status, 124)
})

test('git, a compiler, python, node and its tests work as they are', async () => {
  home.write('sum.test.mjs', `import { test } from 'node:test'\ntest('sums', () => {})\n`)
  home.write('main.c', '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n')
  const steps = [
    'git init -q . && git add main.c && git -c user.name=a -c user.email=a@b.c commit -qm first && git log --format=%s',
    'cc main.c -o main && ./main',
    'python3 -c "import json,tempfile; f=tempfile.NamedTemporaryFile(); print(json.dumps([1]))"',
    'node -e "console.log(typeof process.versions.node)"',
    'node --test --test-reporter=tap sum.test.mjs | grep "^# pass"',
    'HOME_FILE=~/note; echo private > $HOME_FILE && cat $HOME_FILE',
  ]
  const ran = await home.run('run', '--', 'sh', '-c', steps.join(' && '))
  assert.equal(ran.stdout, 'first\ncompiled\n[1]\nstring\n# pass 1\nprivate\n', ran.stderr)
  assert.equal(ran.status, 0)
})

test('curl, python and node reach a host that was named, through the gate and no other way', async () => {
  const { url, net } = server
  const port = new URL(url).port
  const steps = [
    `curl -sS ${url}/curl`,
    `python3 -c "import urllib.request as u; print(u.urlopen('${url}/python').read().decode(), end='')"`,
    `node -e "fetch('${url}/node').then((r) => r.text()).then((t) => process.stdout.write(t))"`,
    `curl -sS -o /dev/null --noproxy '*' http://127.0.0.1:${port}/direct || echo no way round`,
  ]
  const ran = await home.run('run', '--net', net, '--', 'sh', '-c', steps.join('\n'))
  assert.equal(
    ran.stdout,
    'you asked for /curl\nyou asked for /python\nyou asked for /node\nno way round\n',
    ran.stderr,
  )
  assert.deepEqual(server.requests, ['GET /curl', 'GET /python', 'GET /node'])
  const settled = async (): Promise<number> => {
    const { stdout } = await home.must('ledger', 'tail', '-n', '200', '--json')
    return stdout.split('\n').filter((line) => line.includes('"call.settled"')).length
  }
  await until(async () => ((await settled()) >= 3 ? true : null), 'all of it to be recorded')
  assert.equal(await settled(), 3)
})

test('a host that nobody named waits for a person, who is told how to decide', async () => {
  writeFileSync(join(home.work, 'ask.sh'), 'curl -sS -m 300 -w "%{http_code}" http://unnamed.example/\n')
  const child = home.start(['run', '--', 'sh', 'ask.sh'])
  const { said, ended } = listen(child)
  let stdout = ''
  child.stdout?.on('data', (text: string) => (stdout += text))
  const notice = /custos: this waits for you: http\/request .*unnamed\.example.*custos approve (\d+)/u
  const [, call = ''] = await until(() => notice.exec(said()), 'the person to be told')
  const held = JSON.parse((await home.must('approvals', '--json')).stdout) as readonly {
    readonly call: number
    readonly selector: string
  }[]
  assert.deepEqual(
    held.map((one) => [one.call, one.selector]),
    [[Number(call), 'http/request']],
  )
  await home.must('deny', call, '--comment', 'not there')
  assert.equal(await ended, 0)
  assert.match(stdout, /403$/u)
})
