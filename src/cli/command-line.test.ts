/** The command line as a whole: every command explains itself, and mistakes have the documented exit codes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commandHelp } from './help.ts'
import { findCommand } from './command-files.ts'
import { commands } from './commands.ts'
import { flagsOf } from './command.ts'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'custos-line-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function custos(...argv: string[]) {
  const env = { ...process.env, CUSTOS_HOME: join(folder, 'home'), CUSTOS_KEYS: join(folder, 'keys') }
  return spawnSync(process.execPath, [program, ...argv], { encoding: 'utf8', env })
}

test('every command is found by its name and explains all its flags', async () => {
  for (const command of commands) {
    assert.equal((await findCommand(command.name.split(' ')))?.command, command)
    const help = commandHelp(command).join('\n')
    for (const flag of flagsOf(command)) assert.ok(help.includes(`--${flag.name}`), command.name)
  }
})

test('no command has two flags of one name', () => {
  for (const command of commands) {
    const names = flagsOf(command).map((flag) => flag.name)
    assert.equal(new Set(names).size, names.length, command.name)
  }
})

test('help and version succeed', () => {
  assert.match(custos('help').stdout, /usage: custos COMMAND/u)
  assert.equal(custos('grant', '--help').status, 0)
  assert.equal(custos('version', '--json').status, 0)
})

test('a mistyped command or flag is a usage error with a suggestion, and escapes what was typed', () => {
  const command = custos('aprove', '3')
  assert.equal(command.status, 2)
  assert.match(command.stderr, /did you mean: custos approve\?/u)
  const flag = custos('grant', '--expirs', '1h')
  assert.equal(flag.status, 2)
  assert.match(flag.stderr, /did you mean --expires\?/u)
  assert.ok(!custos('\u001b[2J').stderr.includes('\u001b'))
})

test('with nothing running the exit code is 3 and the error says what to do, as JSON too', () => {
  const human = custos('status')
  assert.equal(human.status, 3)
  assert.match(human.stderr, /start it with: custos up/u)
  const json = custos('status', '--json')
  assert.equal(json.status, 3)
  const { error } = JSON.parse(json.stdout) as { error: { code: string; needed: string } }
  assert.equal(error.code, 'unreachable')
  assert.match(error.needed, /custos up/u)
})

test('a home inside which the keys would lie is refused before anything is made', () => {
  const run = spawnSync(process.execPath, [program, 'up', '--home', join(folder, 'h')], {
    encoding: 'utf8',
    env: { ...process.env, CUSTOS_KEYS: join(folder, 'h', 'keys') },
  })
  assert.equal(run.status, 2)
  assert.match(run.stderr, /lies inside the home folder/u)
})

test('a home whose path is too long for a socket is a usage error', () => {
  const run = custos('status', '--home', `/tmp/${'x'.repeat(120)}`)
  assert.equal(run.status, 2)
  assert.match(run.stderr, /too long/u)
})
