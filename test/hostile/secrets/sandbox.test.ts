/**
 * The same inside a real boundary: a program that uses a secret, then searches everything it can read for it, its own
 * memory first, while its memory is searched from outside as well.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SecretWorld } from './secret-world.ts'
import { canary, echo, host, withSecrets } from './secret-world.ts'
import { filesWith, formsOf, isIn, isInMemory } from './traces.ts'

const forms = formsOf(canary)
const marker = 'searching-for-a-canary'

/** Asks the server, then looks for the canary, of which it knows only the beginning, and says where it was. */
const script = String.raw`
import os, re, sys, urllib.request
url, wait = sys.argv[2], sys.argv[3]
try:
    print('answer', urllib.request.urlopen(url, timeout=30).read().decode('latin1'), flush=True)
except Exception as problem:
    print('answer', problem, flush=True)
# A pattern, so that what is searched for is not in this program itself.
needle = re.compile(b'c[a]nary-[7]Q[x]')
hits = []
for line in open('/proc/self/maps'):
    where, rights = line.split()[:2]
    if not rights.startswith('rw'): continue
    start, end = (int(part, 16) for part in where.split('-'))
    try:
        with open('/proc/self/mem', 'rb', 0) as memory:
            memory.seek(start)
            found = needle.search(memory.read(end - start))
    except (OSError, ValueError, OverflowError): continue
    if found: hits.append('memory')
for top in ['/run', '/tmp', '/var/tmp', os.getcwd(), os.path.expanduser('~'), '/proc']:
    for folder, _, files in os.walk(top):
        if folder.count('/') > 6: continue
        for name in files:
            path = os.path.join(folder, name)
            if name in ('kmsg', 'mem', 'kcore', 'pagemap', 'clear_refs') or not (os.path.isfile(path)): continue
            try:
                with open(path, 'rb') as file: content = file.read(1 << 20)
            except OSError: continue
            if needle.search(content): hits.append(path)
print('hits', hits, flush=True)
if wait == 'wait': urllib.request.urlopen(url + '/searched', timeout=60)
`

function running(world: SecretWorld, ...more: readonly string[]): ReturnType<SecretWorld['cli']['run']> {
  const token = join(world.cli.folder, 'a.token')
  const url = `https://${host}:${world.port}/inside`
  const [wait = '', ...flags] = more
  const program = ['python3', '-c', script, marker, url, wait]
  return world.cli.run('run', '--agent', 'a', '--token-file', token, '--no-view', ...flags, '--', ...program)
}

/** The operating-system processes of the run: what the command that carries the marker started, and itself. */
function processesOfRun(): readonly number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/u.test(name))
  const run = all
    .map(Number)
    .find((pid) => commandOf(pid).includes(`custos.mjs\0run\0`) && commandOf(pid).includes(marker))
  return run === undefined ? [] : [run, ...descendants(run)]
}

function descendants(pid: number): readonly number[] {
  const listed = textOf(`/proc/${pid}/task/${pid}/children`).trim()
  const children = listed === '' ? [] : listed.split(' ').map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** Searches a process; false when it ended before it could be. */
function isSearched(pid: number, forms: readonly Buffer[]): boolean {
  try {
    assert.ok(!isInMemory(pid, forms), `it is in the memory of ${commandOf(pid)}`)
    return true
  } catch (error) {
    if (error instanceof assert.AssertionError || existsSync(`/proc/${pid}`)) throw error
    return false
  }
}

/** Answers at once, but for the program's last question: that waits until its memory was searched. */
function searchedMeanwhile(world: SecretWorld): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    world.handler = (received, response) => {
      if (!received.url.endsWith('/searched')) return echo(received, response)
      try {
        resolve(processesOfRun().filter((pid) => isSearched(pid, forms)))
      } catch (problem) {
        reject(problem instanceof Error ? problem : new Error('not searched'))
      } finally {
        echo(received, response)
      }
    }
  })
}

for (const rung of ['bubblewrap', 'gvisor']) {
  test(`a program inside a boundary of ${rung} uses a secret and cannot find it`, async () => {
    await withSecrets(async (world) => {
      await world.agent('a')
      await world.addSecret('api', ...world.grantedTo('a'))
      const searched = searchedMeanwhile(world)
      const flags = ['--rung', rung, '--env']
      const ran = await running(world, 'wait', ...flags, 'TOKEN=custos-secret:api')
      assert.equal(ran.status, 0, ran.stderr)
      assert.ok((await searched).length > 2, 'the processes of the run were searched')
      assert.equal(world.received[0]?.headers['authorization'], `Bearer ${canary}`)
      assert.match(ran.stdout, /answer \{"method":"GET","url":"\/inside"/u, ran.stderr)
      assert.match(ran.stdout, /hits \[\]/u)
      assert.ok(!isIn(Buffer.from(ran.stdout + ran.stderr), forms))
      assert.deepEqual(filesWith(world.cli.folder, forms), [join(world.cli.folder, 'value')])

      const control = await running(world, 'go', ...flags, `TOKEN=${canary}`)
      assert.match(control.stdout, /hits \['/u, 'control: given to the program, it is found')
    })
  })
}
