/**
 * The same for somebody who is not root, with a home of their own. Where the tests are not run by root all the others
 * show this already.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const program = new URL('../../../bin/custos.mjs', import.meta.url).pathname
const user = 60_321
const isRoot = process.getuid?.() === 0

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

test('an ordinary user runs a program, reviews what it did and commits it', { skip: !isRoot }, () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cou-')))
  const work = join(folder, 'work')
  const files = {
    passphrase: join(folder, 'passphrase'),
    secret: join(folder, '.netrc'),
    text: join(work, 'text'),
  }
  mkdirSync(work)
  writeFileSync(files.passphrase, 'a test passphrase\n', { mode: 0o600 })
  writeFileSync(files.secret, 'canary-in-home')
  writeFileSync(files.text, 'before\n')
  for (const path of [folder, work, ...Object.values(files)]) chownSync(path, user, user)
  const env = {
    HOME: folder,
    PATH: process.env['PATH'] ?? '',
    CUSTOS_HOME: join(folder, 'h'),
    CUSTOS_KEYS: join(folder, 'keys'),
    CUSTOS_PASSPHRASE_FILE: files.passphrase,
    CUSTOS_PORT: '0',
    CUSTOS_RUNG: process.env['CUSTOS_RUNG'] ?? 'bubblewrap',
  }
  const custos = (...words: readonly string[]): Ran => {
    const identity = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']
    const ran = spawnSync('setpriv', [...identity, process.execPath, program, ...words], {
      cwd: work,
      env,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr }
  }
  try {
    const up = custos('up', '--operator', 'ordinary')
    assert.equal(up.status, 0, up.stderr)
    const script = `id -u; cat text; echo after > text; mkdir -m 0 closed; cat ~/.netrc; ls -A ~; echo private > ~/note; cat ~/note`
    const ran = custos('run', '--json', '--', 'sh', '-c', script)
    assert.equal(ran.status, 0, ran.stderr)
    const [id, before, ...rest] = ran.stdout.trim().split('\n')
    assert.notEqual(id, '0')
    assert.equal(before, 'before')
    assert.equal(ran.stdout.includes('canary'), false)
    assert.equal(readFileSync(files.text, 'utf8'), 'before\n')
    const { run } = JSON.parse(rest.at(-1) ?? '') as { readonly run: string }
    const committed = custos('changes', 'commit', run, '--flagged')
    assert.equal(committed.status, 0, committed.stderr)
    assert.equal(readFileSync(files.text, 'utf8'), 'after\n')
    // What nobody can open cannot be committed; it can be given up, and then nothing is left.
    assert.equal(custos('changes', 'drop', run).status, 0)
    assert.equal(existsSync(join(folder, 'h', 'runs', run)), false)
    // Where no control group can be made, Node has to start although it reserves more than it may use.
    writeFileSync(join(work, 'agent.js'), 'export default 40 + 2\n')
    const small = ['--rung', 'bubblewrap', '--no-view', '--memory', '200']
    const node = custos('run', ...small, '--', 'node', '-e', 'console.log(1)')
    assert.deepEqual([node.status, node.stdout], [0, '1\n'], node.stderr)
    const answered = custos('run', '--rung', 'bubblewrap', '--machine', 'quickjs', '--', 'agent.js')
    assert.deepEqual([answered.status, answered.stdout], [0, '42\n'], answered.stderr)
  } finally {
    custos('down')
    rmSync(folder, { recursive: true, force: true })
  }
})
