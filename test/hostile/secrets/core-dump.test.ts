/**
 * The memory of a program that used a secret, as a crash would leave it behind. A boundary lets no core be written;
 * here that limit is lifted from outside, by hand, so that there is one to look into.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { SecretWorld } from './secret-world.ts'
import { canary, echo, host, withSecrets } from './secret-world.ts'
import { formsOf, isIn } from './traces.ts'

const marker = 'will-crash-with-this-in-its-memory'
const script = String.raw`
import sys, urllib.request
kept = urllib.request.urlopen(sys.argv[2] + '/used', timeout=60).read()
urllib.request.urlopen(sys.argv[2] + '/crash', timeout=60)
`

/** Lifts the limits of the program that carries the marker, and ends it as a crash does. */
function crash(): void {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name))
  const [pid, ...others] = pids.filter((name) => {
    const words = textOf(`/proc/${name}/cmdline`).split('\0')
    return /^python3?$/u.test(basename(words[0] ?? '')) && words.includes(marker)
  })
  assert.ok(pid !== undefined && others.length === 0, 'the program is found')
  execFileSync('prlimit', ['--pid', pid, '--core=unlimited:unlimited', '--fsize=unlimited:unlimited'])
  process.kill(Number(pid), 'SIGSEGV')
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

function cores(world: SecretWorld): readonly Buffer[] {
  return readdirSync(join(world.cli.home, 'runs'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.startsWith('core'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
}

test('the core of a program that used a secret holds what it was told, and not the secret', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can lift a limit that was lowered')
  if (!/^[^|/]+$/u.test(textOf('/proc/sys/kernel/core_pattern').trim()))
    return context.skip('this system gives its cores to a program or a folder of its own')
  await withSecrets(async (world) => {
    await world.agent('a')
    await world.addSecret('api', ...world.grantedTo('a'))
    world.handler = (received, response) => {
      if (received.url.endsWith('/crash')) crash()
      else echo(received, response)
    }
    const url = `https://${host}:${world.port}`
    const who = ['--agent', 'a', '--token-file', join(world.cli.folder, 'a.token'), '--rung', 'bubblewrap']
    const ran = await world.cli.run('run', ...who, '--', 'python3', '-c', script, marker, url)
    assert.equal(ran.status, 139, ran.stderr)
    assert.ok(world.received.some(({ headers }) => String(headers['authorization']).includes(canary)))
    const [core, ...others] = cores(world)
    assert.ok(core !== undefined && others.length === 0, 'there is one core')
    assert.equal(core.subarray(1, 4).toString(), 'ELF')
    assert.ok(core.includes(marker) && core.includes('x-echo'), 'its memory is in it')
    assert.ok(!isIn(core, formsOf(canary)), 'and the secret is not')
  })
})
