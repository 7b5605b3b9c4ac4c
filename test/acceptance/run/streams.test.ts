/**
 * Whatever stands behind the standard streams of `custos run`, the program uses it as if it ran here: a file is read
 * and written where its owner has got to, a socket outlives the program, and nothing is lost at the end.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { runHome } from './run-world.ts'

const rungs: readonly (readonly string[])[] = [['gvisor'], ['bubblewrap'], ['landlock', '--no-view']]

let home: CommandLineHome

before(async () => {
  home = await runHome()
  await home.must('run', '--', 'true')
})
after(() => home.remove())

/** Runs a program with these descriptors as its standard streams. */
function ran(
  rung: readonly string[],
  streams: readonly number[],
  ...words: string[]
): Promise<number | null> {
  const child = home.start(['run', '--rung', ...rung, '--', ...words], [...streams])
  return new Promise((resolve) => void child.once('close', resolve))
}

for (const rung of rungs)
  describe(`under ${rung[0]},`, () => {
    test('a file is written on from where it is', async () => {
      const [path, nothing] = [home.write('out', ''), openSync('/dev/null', 'r')]
      for (const flags of ['w', 'a']) {
        const file = openSync(path, flags)
        writeSync(file, 'before\n')
        assert.equal(await ran(rung, [nothing, file, file], 'sh', '-c', 'echo one; echo two >&2'), 0)
        writeSync(file, 'after\n')
        closeSync(file)
      }
      closeSync(nothing)
      const lines = readFileSync(path, 'utf8').split('\n')
      for (const part of [lines.slice(0, 4), lines.slice(4, 8)]) {
        assert.deepEqual([part[0], part[3]], ['before', 'after'])
        assert.deepEqual(part.slice(1, 3).sort(), ['one', 'two'])
      }
    })

    test('a file is read from where it is', async () => {
      const source = openSync(home.write('in', 'first\nsecond\n'), 'r')
      readSync(source, Buffer.alloc(6), 0, 6, null)
      const path = join(home.folder, 'read')
      const file = openSync(path, 'w')
      assert.equal(await ran(rung, [source, file, 2], 'cat'), 0)
      for (const descriptor of [source, file]) closeSync(descriptor)
      assert.equal(readFileSync(path, 'utf8'), 'second\n')
    })

    test('ten megabytes of anything arrive whole, in both directions', async () => {
      const bytes = Buffer.alloc(10_000_000)
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
      const [from, to] = [join(home.folder, 'large'), join(home.folder, 'copy')]
      writeFileSync(from, bytes)
      const [source, file] = [openSync(from, 'r'), openSync(to, 'w')]
      assert.equal(await ran(rung, [source, file, 2], 'cat'), 0)
      for (const descriptor of [source, file]) closeSync(descriptor)
      const digest = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
      assert.equal(digest(readFileSync(to)), digest(bytes))
    })

    test('what is said after the program’s end is not lost, when the streams are sockets', async () => {
      const said = await home.run('run', '--json', '--rung', ...rung, '--', 'sh', '-c', 'echo out; exit 3')
      assert.equal(said.status, 3, said.stderr)
      const [first, ...rest] = said.stdout.split('\n')
      assert.equal(first, 'out')
      assert.equal((JSON.parse(rest.join('\n')) as { rung: string }).rung, rung[0])
    })

    test('npm’s cache in the home, which only the stronger ones can show, is no obstacle', async () => {
      const cache = join(home.folder, 'me', '.npm', '_cacache')
      mkdirSync(cache, { recursive: true })
      const env = { ...home.env, HOME: join(home.folder, 'me') }
      const child = home.start(['run', '--rung', ...rung, '--', 'true'], ['ignore', 'ignore', 'inherit'], env)
      assert.equal(await new Promise((resolve) => void child.once('close', resolve)), 0)
    })
  })
