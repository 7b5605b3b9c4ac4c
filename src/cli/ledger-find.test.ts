/** Finding events, and going on from a position, at the command line. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atCommandLine } from '../../test/harness/command-line-home.ts'
import { parseTailPosition, showTailPosition } from '../ledger/reading/tail-position.ts'
import { until } from '../../test/harness/world.ts'

interface Told {
  readonly seq: number
  readonly kind: string
  readonly position?: string
}

const lines = (text: string): readonly Told[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Told)

test('events are found by who, what and when, and a program goes on from its position', async () => {
  await atCommandLine(async (home) => {
    const agent = await home.agent('bob')
    await home.must('process', 'freeze', 'bob')
    await home.must('process', 'thaw', 'bob')
    const find = async (...flags: string[]): Promise<readonly Told[]> =>
      lines((await home.must('ledger', 'find', ...flags, '--json')).stdout)
    const kindsOf = (told: readonly Told[]): readonly string[] => told.map(({ kind }) => kind)
    const ofBob = kindsOf(await find('--process', 'bob'))
    assert.deepEqual(ofBob.slice(-2), ['process.frozen', 'process.thawed'])
    assert.ok(ofBob.includes('agent.added'))
    assert.deepEqual(kindsOf(await find('--process', 'bob', '--kind', 'process.frozen')), ['process.frozen'])
    assert.deepEqual(kindsOf(await find('-n', '1')), ['process.thawed'])
    assert.ok((await find('--operator', '1', '--since', '1h')).length >= 3)
    assert.deepEqual(await find('--until', '1d'), [])
    assert.match(
      (await home.run('ledger', 'find', '--kind', 'process.froze')).stderr,
      /did you mean process\.frozen/u,
    )
    assert.equal((await home.run('ledger', 'find', '--process', 'nobody')).status, 2)

    const all = lines((await home.must('ledger', 'tail', '--from', 'start', '--json')).stdout)
    assert.deepEqual(
      all.map(({ seq }) => seq),
      Array.from({ length: all.length }, (_, index) => index + 1),
    )
    const middle = all[Math.floor(all.length / 2)]
    const rest = lines((await home.must('ledger', 'tail', '--from', middle?.position ?? '', '--json')).stdout)
    assert.deepEqual(rest, all.slice(all.findIndex(({ seq }) => seq === middle?.seq) + 1))
    const position = parseTailPosition(middle?.position ?? '')
    assert.ok(position !== null)
    const other = showTailPosition({ ...position, ledgerId: 'f'.repeat(32) })
    assert.equal((await home.run('ledger', 'tail', '--from', other)).status, 4)
    const ahead = showTailPosition({ ...position, seq: 99_999 })
    const rolledBack = await home.run('ledger', 'tail', '--from', ahead)
    assert.equal(rolledBack.status, 4)
    assert.match(rolledBack.stderr, /rolled-back/u)
    const damaged = (middle?.position ?? '').replace(/:\d+:/u, ':1:')
    for (const word of [damaged, ''])
      assert.equal((await home.run('ledger', 'tail', '--from', word)).status, 2)
    assert.equal((await home.run('ledger', 'tail', '--from', '7')).status, 2)
    assert.match(
      (await home.must('ledger', 'show', String(middle?.seq))).stdout,
      new RegExp(middle?.kind ?? '', 'u'),
    )
    agent.close()
  })
})

test('the ledger is projected into tables, which answer questions and can be made anew', async () => {
  await atCommandLine(async (home) => {
    assert.equal((await home.run('query', 'SELECT 1')).status, 2, 'there are no tables yet')
    await home.must('agent', 'add', 'bob')
    await home.must('projection', 'start', '--once')
    const status = async (): Promise<{ readonly seq: number; readonly ledger: number }> =>
      JSON.parse((await home.must('projection', 'status', '--json')).stdout) as never
    const { seq, ledger } = await status()
    assert.equal(seq, ledger)
    const named = "SELECT name FROM names WHERE what = 'agent'"
    assert.deepEqual(JSON.parse((await home.must('query', named, '--json')).stdout), { name: 'bob' })
    await home.must('agent', 'add', 'eve')
    const behind = await home.must('query', named)
    assert.match(behind.stderr, /the ledger is at \d+: custos projection status/u)
    assert.doesNotMatch(behind.stdout, /eve/u)
    await home.must('projection', 'rebuild')
    assert.match((await home.must('query', `${named} ORDER BY id`)).stdout, /bob\s+eve/u)
    assert.equal((await home.run('query', 'DELETE FROM names')).status, 2)
    assert.equal((await home.run('query', named, '--rows', '9999999')).status, 2)

    const child = home.start(['projection', 'start'])
    await new Promise((resolve) => child.once('spawn', resolve))
    await home.must('agent', 'add', 'zoe')
    await until(async () => ((await status()).seq > ledger + 1 ? true : null), 'zoe to be projected', 60_000)
    assert.equal((await home.run('projection', 'rebuild')).status, 2, 'another process writes these tables')
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    assert.equal(await ended, 0)
  })
})
