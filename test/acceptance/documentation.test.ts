/**
 * The documentation, executed: every command of the README's five minutes and of "Getting started" is run in
 * order, as written, in a folder that looks like a clone, on a home and a key folder of its own. Pages whose
 * commands need something that the page takes for granted are run after it was made.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { documentedCommands } from '../tidy/documented-commands.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Installing and testing are what CI does around this test. */
const elsewhere = /^npm (?:start|test)\b/mu

/** The shell blocks of a page, as one script that stops at the first command that fails. */
function scriptOf(page: string): string {
  const blocks = page.matchAll(/^```sh\n(?<body>[^]*?)^```$/gmu)
  const bodies = [...blocks]
    .map((block) => block.groups?.['body'] ?? '')
    .filter((body) => !elsewhere.test(body))
  return ['set -eu', ...bodies].join('\n')
}

/** Runs a page's commands, after those of `before`. */
function run(page: string, before = ''): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cdoc-'))
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  for (const name of readdirSync(root)) if (name !== '.git') symlinkSync(join(root, name), join(clone, name))
  const passphrase = join(folder, 'passphrase')
  writeFileSync(passphrase, 'a documented passphrase\n', { mode: 0o600 })
  const env = {
    ...process.env,
    CUSTOS_HOME: join(folder, 'h'),
    CUSTOS_KEYS: join(folder, 'keys'),
    CUSTOS_PASSPHRASE_FILE: passphrase,
    CUSTOS_PORT: '0',
  }
  try {
    const shell = { cwd: clone, env, encoding: 'utf8', timeout: 180_000 } as const
    // Through a pipe, as people have it; what Node gives a program for a pipe is a socket.
    const script = `set -o pipefail\n(\n${before}\n${scriptOf(page)}\n) 2>&1 | cat\n`
    const ran = spawnSync('bash', ['-c', script], shell)
    return { status: ran.status, output: ran.stdout }
  } finally {
    spawnSync(process.execPath, [join(root, 'bin/custos.mjs'), 'down'], { env })
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const name of ['README.md', 'docs/getting-started.md']) {
  test(`every command of ${name} works as written, in order`, () => {
    const page = readFileSync(join(root, name), 'utf8')
    assert.ok(documentedCommands(page).length >= 8, 'the page shows commands')
    const { status, output } = run(page)
    assert.equal(status, 0, output.slice(-4000))
    assert.match(output, /refused \(argument-refused\)|call 1 waits for a person/iu)
    assert.match(output, /Committed 1 change/u)
    assert.match(output, /valid: /u)
  })
}

/** What pages take for granted: agents, the services, a secret, and a recorded run of a script. */
const granted = `set -eu
npx custos up
npx custos run -- true
npx custos agent add scout --token-file scout.token
npx custos agent add coder --token-file coder.token
echo not-a-real-token | npx custos secret add github --host api.github.com --for scout
echo 'export default custos.random()' > script.js
npx custos run --machine quickjs -- script.js
npx custos replay "$(npx custos ledger tail | awk '/process.spawned.* quickjs/ { print $10 + 0 }')"
`

test('the commands of the pages about secrets, egress, deterministic agents and capabilities work as written', () => {
  const pages = ['secrets', 'egress', 'deterministic-agents', 'capabilities']
  const text = pages.map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8')).join('\n')
  assert.ok(documentedCommands(text).length >= 3, 'the pages show commands')
  const { status, output } = run(text, granted)
  assert.equal(status, 0, output.slice(-4000))
  assert.match(output, /identical/u)
})

test('a page with a command that fails is found', () => {
  assert.notEqual(run('```sh\nnpx custos status\n```\n').status, 0)
})
