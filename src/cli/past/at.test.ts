/** Looking at how things stood, at the command line. */
import assert from 'node:assert/strict'
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
