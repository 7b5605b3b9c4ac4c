/** `custos secret` as a person uses it, in a home of its own. What comes of a secret in use is tested elsewhere. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { atCommandLine } from '../../../test/harness/command-line-home.ts'

const valueModule = pathToFileURL(join(import.meta.dirname, '..', 'secret', 'secret-value.ts')).href
const server = join(import.meta.dirname, '..', '..', '..', 'test', 'harness', 'logging-server.mjs')

test('a secret is added, granted, listed, rotated and removed, and its value shown by none of these', async () => {
  await atCommandLine(async (home) => {
    const value = join(home.folder, 'value')
    writeFileSync(value, 'the-value-of-it\n', { mode: 0o600 })
    await home.must('agent', 'add', 'scout', '--token-file', join(home.folder, 'token'))
    const from = ['--host', 'API.example', '--host', 'b.example', '--value-file', value]
    const added = await home.must('secret', 'add', 'api', ...from, '--for', 'scout', '--expires', '1h')
    assert.match(added.stderr, /may be sent to api\.example, b\.example, over https only/u)
    assert.match(added.stderr, /host in \["api\.example","b\.example"\]; port in \[443\]/u)
    const again = await home.run('secret', 'add', 'api', ...from)
    assert.equal(again.status, 2)
    assert.match(again.stderr, /already/u)
    const listed = await home.must('secret', 'list', '--json')
    assert.deepEqual(JSON.parse(listed.stdout), [
      {
        name: 'api',
        hosts: ['api.example', 'b.example'],
        attach: { kind: 'header', name: 'authorization', template: 'Bearer {}' },
        plainHttp: false,
        state: 'usable',
      },
    ])
    writeFileSync(value, 'another-value-of-it')
    await home.must('driver', 'add', 'log', '--', process.execPath, server, join(home.folder, 'effects'))
    const rotated = await home.must('secret', 'rotate', 'api', '--value-file', value)
    const toDriver = ['--driver', 'log', '--ask', '--address', '127.0.0.1', '--port', '8080', '--plain-http']
    const other = ['--host', 'localhost', '--header', 'X-Key: {}', '--value-file', value]
    const second = await home.must('secret', 'add', 'local', ...other, ...toDriver)
    assert.match(second.stderr, /address = "127\.0\.0\.1"/u)
    assert.match(second.stdout, /granted as c\d+/u)
    const removed = await home.must('secret', 'remove', 'api')
    assert.deepEqual(
      readdirSync(join(home.home, 'vault')).filter((file) => file.endsWith('.secret.json')),
      ['local.secret.json'],
    )
    assert.equal((await home.run('secret', 'remove', 'api')).status, 2)
    const ledger = await home.must('ledger', 'tail', '--json')
    for (const { stdout, stderr } of [added, again, listed, rotated, second, removed, ledger])
      assert.ok(!`${stdout}${stderr}`.includes('value-of-it'))
    assert.match((await home.must('ledger', 'verify')).stdout, /^valid/u)
  })
})

test('what cannot be meant is said before a value is asked for or anything is written', async () => {
  await atCommandLine(async (home) => {
    const value = join(home.folder, 'value')
    writeFileSync(value, 'the-value-of-it\n', { mode: 0o600 })
    const from = ['--value-file', value]
    const wrong: readonly (readonly [string, readonly string[]])[] = [
      ['no host is named', ['api', ...from]],
      ['is not a host', ['api', '--host', 'https://api.example', ...from]],
      ['is not a host', ['api', '--host', '127.1', ...from]],
      ['cannot be a name', ['API_KEY', '--host', 'api.example', ...from]],
      [
        'cannot be put on a request',
        ['api', '--host', 'a.example', '--header', 'authorization: Bearer', ...from],
      ],
      ['cannot be put on a request', ['api', '--host', 'a.example', '--header', 'host: {}', ...from]],
      ['exclude each other', ['api', '--host', 'a.example', '--query', 'k', '--basic', 'u', ...from]],
      ['is about a grant', ['api', '--host', 'a.example', '--port', '1', ...from]],
      ['is not a port', ['api', '--host', 'a.example', '--for', 'scout', '--port', '0', ...from]],
      ['there is no agent', ['api', '--host', 'a.example', '--for', 'nobody', ...from]],
      ['cannot be read', ['api', '--host', 'a.example', '--ca', '/nowhere', ...from]],
      ['does not exist', ['api', '--host', 'a.example', '--value-file', '/nowhere']],
      ['shorter than', ['api', '--host', 'a.example']],
    ]
    await home.must('agent', 'add', 'scout', '--token-file', join(home.folder, 'token'))
    for (const [message, words] of wrong) {
      const ran = await home.run('secret', 'add', ...words)
      assert.equal(ran.status, 2, `${words.join(' ')}: ${ran.stderr}`)
      assert.ok(ran.stderr.includes(message), `${words.join(' ')}: ${ran.stderr}`)
    }
    chmodSync(value, 0o644)
    const open = await home.run('secret', 'add', 'api', '--host', 'a.example', ...from)
    assert.match(open.stderr, /can be read by others/u)
    assert.ok(!existsSync(join(home.home, 'vault')))
    assert.equal((await home.run('secret', 'rotate', 'api', ...from)).status, 2)
    assert.equal((await home.run('secret', 'trust', 'a.example')).status, 2)
    assert.match((await home.must('secret', 'list')).stdout, /There are no secrets/u)
  })
})

test('an order that is refused leaves the vault as it was', async () => {
  await atCommandLine(async (home) => {
    const value = join(home.folder, 'value')
    writeFileSync(value, 'the-value-of-it\n', { mode: 0o600 })
    const wrong = join(home.folder, 'wrong-passphrase')
    writeFileSync(wrong, 'not this one\n', { mode: 0o600 })
    const words = ['api', '--host', 'a.example', '--value-file', value]
    const ran = await home.run('secret', 'add', ...words, '--passphrase-file', wrong)
    assert.equal(ran.status, 2)
    assert.deepEqual(
      readdirSync(join(home.home, 'vault')).filter((file) => file.endsWith('.secret.json')),
      [],
    )
    await home.must('secret', 'add', ...words)
  })
})

test('a value may be piped in, with or without the line end that closes it', () => {
  const script = `const { readSecretValue } = await import('${valueModule}')
    process.stdout.write(await readSecretValue('x', null))`
  for (const input of ['piped-value', 'piped-value\n', 'piped-value\r\n']) {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { input })
    assert.equal(String(output), 'piped-value')
  }
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    input: 'two\nlines-of-it',
  })
  assert.notEqual(ran.status, 0)
})
