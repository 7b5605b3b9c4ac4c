/**
 * One file per client, as a person might have it: what is read from it, what it looks like when its servers
 * have moved, and that taking the change back gives the original bytes. `CUSTOS_WRITE_GOLDEN=1` writes the
 * expectations anew; look at the difference before you keep it.
 */
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ClientConfig, ConfigFile, Connection, Surroundings } from './client-config.ts'
import { claudeCode } from './claude-code.ts'
import { claudeDesktop } from './claude-desktop.ts'
import { codex } from './codex.ts'
import { cursor } from './cursor.ts'
import { readClientFile } from './found-server.ts'
import { gemini } from './gemini.ts'
import { applyChange, changedText, takeBack } from './import-change.ts'
import { planImport } from './import-plan.ts'
import { newRecord, readRecords } from './import-record.ts'
import { planData } from './import-rendering.ts'
import { opencode } from './opencode.ts'
import { vscode } from './vscode.ts'

const fixtures = fileURLToPath(new URL('../../../test/fixtures/client-config/', import.meta.url))
const isWriting = process.env['CUSTOS_WRITE_GOLDEN'] === '1'

const surroundings: Surroundings = {
  platform: 'linux',
  home: '/home/ada',
  env: { HOME: '/home/ada', NOTES: '/data/notes', GITHUB_TOKEN: 'ghp_thetoken', DOCS_TOKEN: 'd0cs' },
  cwd: '/work/here',
}
const connection: Connection = {
  stdio: {
    command: '/usr/bin/node',
    args: ['/opt/custos.mjs', 'mcp', '--agent', 'ada'],
    env: { CUSTOS_TOKEN: 't' },
  },
  http: { url: 'http://127.0.0.1:7411/mcp', token: 't' },
}

const cases: readonly (readonly [string, ClientConfig, string, ConfigFile['scope']])[] = [
  ['claude-code-user', claudeCode, 'before.json', 'user'],
  ['claude-code-project', claudeCode, 'before.json', 'project'],
  ['claude-desktop', claudeDesktop, 'before.json', 'user'],
  ['codex', codex, 'before.toml', 'user'],
  ['gemini', gemini, 'before.json', 'user'],
  ['opencode', opencode, 'before.jsonc', 'user'],
  ['opencode-2', opencode, 'before.json', 'user'],
  ['cursor', cursor, 'before.json', 'project'],
  ['vscode', vscode, 'before.json', 'project'],
]

/** The file as deep as clients have it in a project: its servers run in the folder above. */
function placed(home: string, fileName: string): string {
  mkdirSync(join(home, 'config'))
  return join(home, 'config', fileName)
}

/** Compares with a file of expectations, or writes it. */
function expectFile(path: string, actual: string): void {
  if (isWriting) writeFileSync(path, actual)
  assert.equal(actual, readFileSync(path, 'utf8'))
}

for (const [name, client, fileName, scope] of cases) {
  const folder = join(fixtures, name)
  test(`${name}: the servers are read, moved and given back`, () => {
    const home = mkdtempSync(join(tmpdir(), 'cic-'))
    try {
      const path = placed(home, fileName)
      copyFileSync(join(folder, fileName), path)
      const read = readClientFile(client, { path, scope }, surroundings)
      const known = { names: new Set<string>(), records: [] }
      const [planned] = planImport([read], known, { surroundings, secretsInManifest: false })
      assert.ok(planned !== undefined)
      const plans = planned.servers.map(({ server, plan }) => ({
        server: server.name,
        plan: { ...plan, digest: undefined },
      }))
      const text = JSON.stringify({ plans, shown: planData([planned]) }, null, 2).replaceAll(home, '/HOME')
      expectFile(join(folder, 'plan.json'), `${text}\n`)

      const moved = planned.servers.filter(({ plan }) => plan.do !== 'skip').map(({ server }) => server)
      const changed = changedText(read, moved, 'ada', (list) => client.stdioEntry(connection, list))
      assert.ok(changed.ok, JSON.stringify(changed))
      expectFile(join(folder, fileName.replace('before', 'after')), changed.value.text)

      const record = applyChange(home, newRecord(client.id, path, 0), read, changed.value)
      assert.equal(readFileSync(path, 'utf8'), changed.value.text)
      assert.deepEqual(readRecords(home), [record])
      const again = readClientFile(client, { path, scope }, surroundings)
      const moves = planImport([again], known, { surroundings, secretsInManifest: false })
      const stillMoving = moves.flatMap(({ servers }) => servers).filter(({ plan }) => plan.do === 'add')
      assert.deepEqual(stillMoving, [], 'what is left is not moved again')

      const taken = takeBack(home, record, client, { force: false, dryRun: false })
      assert.deepEqual(taken, { ok: true, value: 'restored' })
      assert.deepEqual(readFileSync(path), readFileSync(join(folder, fileName)))
      assert.equal(existsSync(record.change?.backup ?? ''), false)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })

  test(`${name}: without the backup, and with another change beside, the servers come back as text`, () => {
    const home = mkdtempSync(join(tmpdir(), 'cic-'))
    try {
      const path = placed(home, fileName)
      copyFileSync(join(folder, fileName), path)
      const read = readClientFile(client, { path, scope }, surroundings)
      const moved = read.servers.filter((server) => server.idle === null && server.entry.kind !== 'unusable')
      const changed = changedText(read, moved, 'ada', (list) => client.stdioEntry(connection, list))
      assert.ok(changed.ok)
      const record = applyChange(home, newRecord(client.id, path, 0), read, changed.value)
      rmSync(record.change?.backup ?? '')
      const suffix = fileName.endsWith('.toml') ? '\n[later]\nx = 1\n' : '\n\n'
      writeFileSync(path, `${readFileSync(path, 'utf8')}${suffix}`)
      const taken = takeBack(home, record, client, { force: false, dryRun: false })
      assert.deepEqual(taken, { ok: true, value: 'merged' })
      const back = readClientFile(client, { path, scope }, surroundings)
      assert.deepEqual(
        back.servers.map(({ name, entry }) => ({ name, entry })),
        read.servers.map(({ name, entry }) => ({ name, entry })),
      )
      assert.ok(readFileSync(path, 'utf8').endsWith(suffix))
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })

  // Codex keeps the layout of its file.
  if (fileName.endsWith('.toml')) continue
  test(`${name}: a client that only writes the file in another layout has edited nothing`, () => {
    const home = mkdtempSync(join(tmpdir(), 'cic-'))
    try {
      const path = placed(home, fileName)
      copyFileSync(join(folder, fileName), path)
      const read = readClientFile(client, { path, scope }, surroundings)
      const moved = read.servers.filter((server) => server.idle === null && server.entry.kind !== 'unusable')
      const changed = changedText(read, moved, 'ada', (list) => client.stdioEntry(connection, list))
      assert.ok(changed.ok)
      const record = applyChange(home, newRecord(client.id, path, 0), read, changed.value)
      const document = client.format.read(readFileSync(path, 'utf8'))
      assert.ok(document.ok)
      writeFileSync(path, JSON.stringify({ ...document.value, counter: 1 }, null, 3))
      const taken = takeBack(home, record, client, { force: false, dryRun: false })
      assert.deepEqual(taken, { ok: true, value: 'merged' })
      const back = readClientFile(client, { path, scope }, surroundings)
      const listed = (servers: typeof back.servers): unknown =>
        servers.map(({ name, entry }) => [name, entry])
      assert.deepEqual(listed(back.servers), listed(read.servers))
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
}
