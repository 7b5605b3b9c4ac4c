/** Looking at how things stood, at the command line. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { atCommandLine } from '../../../test/harness/command-line-home.ts'

interface Status {
  readonly kernel: {
    readonly seq: number
    readonly at: number
    readonly halted: unknown
    readonly agents: number
  }
}

interface Listed {
  readonly name: string
  readonly state: string
}

test('whoever looks at an earlier moment sees what stood then, and can order nothing in it', async () => {
  await atCommandLine(async (home) => {
    const status = async (...before: string[]): Promise<Status['kernel']> =>
      (JSON.parse((await home.must(...before, 'status', '--json')).stdout) as Status).kernel
    const processes = async (...before: string[]): Promise<readonly Listed[]> =>
      JSON.parse((await home.must(...before, 'process', 'list', '--json')).stdout) as readonly Listed[]
    const agent = await home.agent('bob')
    const before = await status()
    const running = await processes()
    await home.must('process', 'freeze', 'bob')
    agent.close()
    const after = await status()

    assert.deepEqual(await processes('at', `#${before.seq}`), running)
    assert.match((await home.must('at', String(before.seq), 'ps')).stdout, /bob .*running/u)
    const then = await status('at', String(before.seq))
    assert.deepEqual([then.seq, then.at, then.agents], [before.seq, before.at, 1])
    const atInstant = await status('at', new Date(before.at).toISOString())
    assert.ok(atInstant.seq >= before.seq && atInstant.seq < after.seq)
    assert.equal((await status('at', '1')).agents, 0)
    assert.match((await home.must('at', String(before.seq), 'caps')).stdout, /Nothing is granted yet/u)
    assert.match((await home.must('at', String(before.seq), 'why', '1')).stdout, /#1 .*domain\.created/u)
    const later = await home.run('at', String(before.seq), 'why', String(after.seq))
    assert.equal(later.status, 2, 'what had not happened cannot be explained')

    assert.deepEqual((await home.run('at', '1', 'kill', 'bob')).status, 2)
    assert.equal((await home.run('at', 'tomorrow', 'caps')).status, 2)
    assert.equal((await home.run('at', '2050-01-01', 'caps')).status, 2)
    assert.equal((await home.run('at', '1970-01-02', 'caps')).status, 2)
    assert.equal((await home.run('at', '999999', 'caps')).status, 2)
    assert.equal((await home.run('at', '1')).status, 2)
    await home.must('down')
    assert.deepEqual(await processes('at', `#${before.seq}`), running, 'nothing needs to run')
  })
})

test('everything that only looks can be looked at as it was, and says plainly where it cannot', async () => {
  await atCommandLine(async (home) => {
    const must = async (...words: string[]): Promise<string> => (await home.must(...words)).stdout
    const last = async (): Promise<number> =>
      (JSON.parse(await must('status', '--json')) as Status).kernel.seq
    await must('agent', 'add', 'bob')
    const then = await last()
    await must('agent', 'add', 'eve')
    const now = await last()
    const names = "SELECT name FROM names WHERE what = 'agent' ORDER BY id"
    assert.match(await must('at', `#${then}`, 'query', names), /bob/u)
    assert.doesNotMatch(await must('at', `#${then}`, 'query', names), /eve/u)
    assert.match(await must('at', `#${now}`, 'query', names, '--json'), /eve/u)
    assert.deepEqual(
      JSON.parse(await must('at', '1', 'query', 'SELECT max(seq) AS n FROM events', '--json')),
      {
        n: 1,
      },
    )
    assert.deepEqual(readdirSync(join(home.home, 'domains', 'main', 'projections')), [], 'nothing is left')
    assert.equal((await home.run('query', names)).status, 2, 'there are no tables of now')

    const found = (await must('at', `#${then}`, 'ledger', 'find', '-n', '1', '--json')).trim()
    assert.equal((JSON.parse(found) as { seq: number }).seq, then)
    assert.equal((await home.run('at', `#${then}`, 'ledger', 'find', '--process', 'eve')).status, 2)
    const led = await must('at', `#${then}`, 'ledger', 'find', '--cause', '1', '--json')
    for (const line of led.trim().split('\n').filter(Boolean))
      assert.ok((JSON.parse(line) as { seq: number }).seq <= then)
    assert.equal((await home.run('at', `#${then}`, 'ledger', 'find', '--cause', String(now))).status, 2)
    assert.equal(
      (JSON.parse(await must('at', '1', 'status', '--json')) as { evidence: unknown }).evidence,
      null,
    )
    for (const looks of ['caps', 'approvals', 'ps', 'process list', 'agent list', 'driver list', 'why 1']) {
      const shown = await must('at', `#${then}`, ...looks.split(' '), '--json')
      assert.doesNotThrow(() => JSON.parse(shown), looks)
    }

    const { at, seq: end } = (JSON.parse(await must('status', '--json')) as Status).kernel
    const later = new Date(at + 1)
    const inZone = new Date(later.getTime() + 7_200_000).toISOString().replace('Z', '+02:00')
    for (const word of [later.toISOString(), inZone])
      assert.equal((JSON.parse(await must('at', word, 'status', '--json')) as Status).kernel.seq, end, word)
    for (const [words, says] of [
      ['at 0 caps', /counted from 1/u],
      ['at #99999999 caps', /no event 99999999/u],
      ['at 2999-01-01 caps', /not over yet/u],
      ['at 2001-01-01T00:00+14:00 caps', /began after/u],
      ['at 2026-02-30 caps', /not an instant/u],
      ['at 1 approvals --watch', /does not change/u],
      ['at 1 kill bob', /cannot be looked at as it was/u],
      ['at 1 ledger tail', /cannot be looked at as it was/u],
      ['at 1 nonsense', /is no command/u],
    ] as const) {
      const refused = await home.run(...words.split(' '))
      assert.equal(refused.status, 2, words)
      assert.match(refused.stderr, says, words)
    }
  })
})
