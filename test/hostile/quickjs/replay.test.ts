/**
 * Recorded runs replay as they were, from the files alone; and whatever is changed about them afterwards, in the
 * script, its answers, their order or the recording, is noticed and named.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'node:test'
import { sha256Hex } from '../../../src/base/hash.ts'
import { journalFile, programFile } from '../../../src/sandbox/quickjs/journal.ts'
import { replayCampaign } from './campaign.ts'
import { ScriptWorld } from './script-world.ts'

const program = new URL('../../../bin/custos.mjs', import.meta.url).pathname

interface Replayed {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `custos replay` with these words, in the home of `world`, where nothing runs any more. */
async function replay(world: ScriptWorld, ...words: readonly string[]): Promise<Replayed> {
  const offline = ['--offline', '--home', world.home.folder]
  const child = spawn(process.execPath, [program, 'replay', ...words, ...offline], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout, stderr }
}

async function inWorld(body: (world: ScriptWorld) => Promise<void>): Promise<void> {
  const world = await ScriptWorld.open()
  try {
    await body(world)
  } finally {
    await world.stop()
    world.remove()
  }
}

test('recorded runs are identical when replayed, and every planted divergence is named', async () => {
  const { problems, identical, planted } = await replayCampaign({ runs: 16, seed: 7, lanes: 2 })
  assert.deepEqual(problems, [])
  assert.equal(identical, 16)
  for (const [kind, { planted: count, named }] of Object.entries(planted)) assert.equal(named, count, kind)
})

const script = `let last = null
for (let i = 0; i < 4; i++) last = await custos.call('notes', i % 2 ? 'tools/late' : 'tools/echo', { i, last })
const [one, two] = await Promise.all([custos.call('notes', 'tools/ask', { last }), custos.call('notes', 'tools/decline', {})])
custos.log(two.refusal.message); export default one.comment`

test('custos replay says that a run is the same, and names what a changed program does otherwise', async () => {
  await inWorld(async (world) => {
    const { process: id, run, how } = await world.run(script)
    assert.equal(how, 'finished')
    await world.stop()
    for (const word of [String(id), `p${id}`, run]) {
      const same = await replay(world, word)
      assert.deepEqual([same.status, same.stderr], [0, ''], same.stdout)
      assert.match(same.stdout, /identical, 6 syscalls, to its end \(finished\)/u)
    }
    const other = join(world.home.folder, 'other.js')
    writeFileSync(other, script.replace('{ i, last }', '{ i, last: i === 2 ? 0 : last }'))
    const told = await replay(world, run, '--source', other, '--json')
    assert.equal(told.status, 1, told.stdout + told.stderr)
    const { kind, syscall, seq, difference, doubts } = JSON.parse(told.stdout) as {
      readonly [name: string]: unknown
    }
    assert.deepEqual([kind, syscall, difference], ['diverged', 3, 'other arguments for "notes" "tools/echo"'])
    assert.ok(typeof seq === 'number' && seq > 0)
    assert.deepEqual(doubts, [])
    assert.equal((await replay(world, 'nobody')).status, 2)
  })
})

test('what is changed in the files after a run is in doubt, and told apart by where it differs', async () => {
  await inWorld(async (world) => {
    const { run } = await world.run(script)
    await world.stop()
    const journal = journalFile(join(world.home.folder, 'runs', run))
    const kept = programFile(world.home.folder, sha256Hex(script))
    const whole = readFileSync(journal, 'utf8')
    const lines = whole.trimEnd().split('\n')
    const answers = lines.flatMap((line, at) => (line.includes('"line":"answer"') ? [at] : []))
    const swap = (from: number, to: number): string =>
      `${lines
        .with(from, lines[to] ?? '')
        .with(to, lines[from] ?? '')
        .join('\n')}\n`
    const changes: readonly (readonly [string, string, RegExp])[] = [
      ['the order of two answers', swap(answers[0] ?? 0, answers[1] ?? 0), /diverged at syscall 2/u],
      ['a time', whole.replace(/"now":\d+/u, '"now":1'), /journal was changed after the run/u],
      ['a refusal', whole.replace('looked at', 'never looked at'), /diverged at syscall 7/u],
      ['arguments', whole.replace(/"args":"./u, '"args":"x'), /the journal has syscall 1 otherwise/u],
      ['the end', lines.slice(0, -1).join('\n') + '\n', /journal was changed after the run/u],
      ['a cut', whole.slice(0, -20), /cannot be read to its end/u],
      ['another run', whole.replace('"process":', '"process":1'), /that of another run/u],
      [
        'an answer to nothing',
        whole.replace(/"seq":\d+/u, '"seq":1'),
        /the ledger has no answer to syscall 1 there/u,
      ],
      ['nothing', '', /the journal lacks|journal was changed/u],
    ]
    for (const [name, changed, expected] of changes) {
      writeFileSync(journal, changed)
      const found = await replay(world, run)
      assert.ok(
        found.status === 1 || found.status === 4,
        `${name}: ${found.status} ${found.stdout}${found.stderr}`,
      )
      assert.match(found.stdout, expected, name)
      assert.match(found.stdout, /in doubt/u, name)
    }
    writeFileSync(journal, whole)
    writeFileSync(kept, script.replace('{ i, last }', '{ i }'))
    const found = await replay(world, run)
    assert.equal(found.status, 1)
    assert.match(found.stdout, /diverged at syscall 1[^]*the program is not the one that was recorded/u)
    rmSync(kept)
    assert.equal((await replay(world, run)).status, 2)
  })
})

test('a run that is stopped in the middle of a call is replayed as far as it came', async () => {
  await inWorld(async (world) => {
    const stop = new AbortController()
    const source = `await custos.call('notes', 'tools/echo', { r: Math.random() }); custos.log('now')
      await Promise.all(Array.from({ length: 5 }, (_, i) => custos.call('notes', 'tools/slow', { i })))`
    const { how, run } = await world.run(source, { signal: stop.signal, onLog: () => stop.abort() })
    assert.equal(how, 'killed')
    await world.stop()
    const found = await replay(world, run)
    assert.equal(found.status, 0, found.stdout + found.stderr)
    assert.match(found.stdout, /identical, \d syscalls, as far as it was recorded \(killed\)/u)
  })
})

test('a process that is killed by an operator takes its script along', async () => {
  await inWorld(async (world) => {
    const source = "custos.log('here'); await custos.call('notes', 'tools/slow', {}); custos.log('never')"
    const logs: string[] = []
    const running = world.run(source, { onLog: (text) => logs.push(text) })
    while (logs.length === 0) await pause(5)
    await world.killAuthor()
    const { how, text } = await running
    assert.deepEqual([how, text, logs], ['killed', 'the connection to the kernel was lost', ['here']])
  })
})
