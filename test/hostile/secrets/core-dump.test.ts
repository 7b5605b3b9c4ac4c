/**
 * The memory of a program that used a secret, as a crash would leave it behind. A boundary lets no core be written;
 * here that one defence is taken out of what starts the program, so that there is a core to look into.
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { SecretWorld } from './secret-world.ts'
import { canary, host, withSecrets } from './secret-world.ts'
import { formsOf, isIn } from './traces.ts'

const marker = 'will-crash-with-this-in-its-memory'
const script = String.raw`
import os, resource, signal, sys, urllib.request
kept = urllib.request.urlopen(sys.argv[2], timeout=60).read()
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
os.kill(os.getpid(), signal.SIGSEGV)
`
const lifts = fileURLToPath(new URL('lift-core-limit.ts', import.meta.url))

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
  if (!/^[^|/]+$/u.test(textOf('/proc/sys/kernel/core_pattern').trim()))
    return context.skip('this system gives its cores to a program or a folder of its own')
  if (!/^Max core file size +\S+ +unlimited/mu.test(textOf('/proc/self/limits')))
    return context.skip('whoever runs this may not have cores written either')
  await withSecrets(async (world) => {
    await world.agent('a')
    await world.addSecret('api', ...world.grantedTo('a'))
    const url = `https://${host}:${world.port}/used`
    const who = ['--agent', 'a', '--token-file', join(world.cli.folder, 'a.token'), '--rung', 'bubblewrap']
    const words = ['run', ...who, '--', 'python3', '-c', script, marker, url]
    const kept = await world.cli.run(...words)
    assert.equal(kept.status, 139, kept.stderr)
    assert.deepEqual(cores(world), [], 'as it is, nothing is written')
    world.cli.env['NODE_OPTIONS'] = `--import=${lifts}`
    const ran = await world.cli.run(...words)
    assert.equal(ran.status, 139, ran.stderr)
    assert.ok(world.received.some(({ headers }) => String(headers['authorization']).includes(canary)))
    const [core, ...others] = cores(world)
    assert.ok(core !== undefined && others.length === 0, 'there is one core')
    assert.equal(core.subarray(1, 4).toString(), 'ELF')
    assert.ok(core.includes(marker) && core.includes('"url":"/used"'), 'its memory is in it, with the answer')
    assert.ok(!isIn(core, formsOf(canary)), 'and the secret is not')
  })
})
