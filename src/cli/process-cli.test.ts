/** Freezing, thawing and weighing at the command line, and how it shows. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { atCommandLine } from '../../test/harness/command-line-home.ts'
import { until } from '../../test/harness/world.ts'

interface Listed {
  readonly name: string
  readonly process: number
  readonly state: string
  readonly weight: number
  readonly priority: number
}

test('an operator freezes, weighs and thaws an agent, and sees it', async () => {
  await atCommandLine(async (home) => {
    const agent = await home.agent('bob')
    const bob = async (): Promise<Listed | undefined> => {
      const { stdout } = await home.must('process', 'list', '--json')
      return (JSON.parse(stdout) as readonly Listed[]).find(({ name }) => name === 'bob')
    }
    assert.deepEqual([(await bob())?.state, (await bob())?.weight], ['running', 100])
    const frozen = await home.must('process', 'freeze', 'bob')
    assert.match(frozen.stdout, /Froze agent bob, recorded in #\d+/u)
    assert.equal((await bob())?.state, 'frozen')
    assert.match((await home.must('ps')).stdout, /bob +- +frozen +100 +2/u)
    assert.equal((await home.run('process', 'freeze', 'bob')).status === 0, false)
    await home.must('process', 'weigh', 'bob', '--weight', '300')
    const { process = 0 } = (await bob()) ?? {}
    await home.must('process', 'weigh', String(process), '--priority', '4')
    assert.deepEqual([(await bob())?.weight, (await bob())?.priority], [300, 4])
    await home.must('process', 'thaw', 'bob')
    assert.equal((await bob())?.state, 'running')
    const told = (await home.must('ledger', 'tail')).stdout
    for (const words of [/\) was frozen/u, /\) was thawed/u, /\) has weight 300 and priority 4/u])
      assert.match(told, words)
    for (const wrong of [['--weight', '9'], ['--priority', '5'], ['--weight', 'many'], []])
      assert.equal((await home.run('process', 'weigh', 'bob', ...wrong)).status, 2, wrong.join(' '))
    agent.close()
  })
})

test('a program that failed is started again as it was started to, and one that did its work is not', async () => {
  await atCommandLine(async (home) => {
    const token = join(home.folder, 'bob.token')
    await home.must('agent', 'add', 'bob', '--token-file', token)
    const start = async (name: string, restart: string, status: number): Promise<() => number> => {
      const file = join(home.work, name)
      const script = `echo begun >> ${file}; exit ${status}`
      const flags = ['--token-file', token, '--restart', restart]
      await home.must('agent', 'start', 'bob', ...flags, '--', '/bin/sh', '-c', script)
      return () => readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').length - 1
    }
    const failing = await start('failing', 'on-failure', 1)
    const done = await start('done', 'on-failure', 0)
    const always = await start('always', 'always', 0)
    const isSo = (): boolean => failing() >= 3 && always() >= 3 && done() >= 1
    await until(() => isSo() || null, 'both to be started again, and the third once')
    assert.equal(done(), 1)
    const wrong = await home.run(
      'agent',
      'start',
      'bob',
      '--token-file',
      token,
      '--restart',
      'often',
      '--',
      'x',
    )
    assert.equal(wrong.status, 2)
  })
})
