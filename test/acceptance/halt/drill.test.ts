/** `custos halt`, `custos resume` and `custos drill`, as a person uses them. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { atCommandLine } from '../../harness/command-line-home.ts'
import { until } from '../../harness/world.ts'

test('a drill finds that halting works, records it, and leaves nothing behind', () =>
  atCommandLine(async (home) => {
    for (const scope of ['agent', 'process']) {
      // One drill a second is recorded, and a drill of so little takes less.
      if (scope === 'process') await pause(1_100)
      const { stdout } = await home.must('drill', '--scope', scope, '--json')
      const result = JSON.parse(stdout) as { problems: string[]; processes: number; killMicros: number }
      assert.deepEqual(result.problems, [])
      assert.ok(result.processes >= 50 && result.killMicros > 0)
    }
    const { stdout } = await home.must('ledger', 'tail', '--lines', '60')
    assert.match(
      stdout,
      /drill\.recorded\s+\S+ tried out halting agent \d+: halting works; 1 process trees were killed/u,
    )
    assert.match((await home.must('status')).stdout, /drill +.*halting worked/u)
    const agents = JSON.parse((await home.must('agent', 'list', '--json')).stdout) as unknown[]
    assert.deepEqual(agents, [])
    const halts = join(home.home, 'supervisor', 'halts')
    await until(() => (readdirSync(halts).length === 0 ? true : null), 'the halt files to be removed')
    assert.equal((await home.run('drill', '--scope', 'everything')).status, 2, 'nobody said yes')
  }))

test('a drill of a domain, or of everything, halts it for real and resumes all of it', () =>
  atCommandLine(async (home) => {
    await home.must('domain', 'add', 'work')
    const pids = async (): Promise<ReadonlyMap<string, number>> => {
      const units = JSON.parse((await home.must('ps', '--json')).stdout) as { unit: string; pid: number }[]
      return new Map(units.map(({ unit, pid }) => [unit, pid]))
    }
    const before = await pids()
    for (const [scope, domain] of [
      ['domain', 'work'],
      ['everything', 'main'],
    ] as const) {
      const ran = await home.must('drill', '--scope', scope, '--domain', domain, '--yes', '--json')
      assert.match(ran.stderr, /for real/u)
      assert.deepEqual((JSON.parse(ran.stdout) as { problems: string[] }).problems, [])
      assert.match((await home.must('status', '--domain', domain)).stdout, /drill +.*halting worked/u)
      assert.equal((await pids()).get('kernel') === before.get('kernel'), scope === 'domain')
    }
    assert.notEqual((await pids()).get('kernel-sovereign'), before.get('kernel-sovereign'))
    await home.must('agent', 'add', 'ada', '--domain', 'work', '--token-file', join(home.folder, 'ada'))
  }))

test('an agent is halted by its name and resumed by an operator; without a scope everything is', () =>
  atCommandLine(async (home) => {
    const agent = await home.agent('bob')
    assert.match(
      (await home.must('halt', '--agent', 'bob', '--reason', 'odd')).stdout,
      /Halted agent bob: 0 units/u,
    )
    assert.match((await home.must('status')).stdout, /HALTED agent \d+/u)
    assert.equal((await home.run('halt', '--agent', 'nobody')).status, 1)
    assert.equal((await home.run('halt', '--agent', 'bob', '--process', '4')).status, 2)
    assert.match((await home.must('resume', '--agent', 'bob')).stdout, /Resumed agent bob, recorded in #\d+/u)
    assert.equal((await home.run('resume', '--agent', 'bob')).status, 1)
    agent.close()
    await home.must('halt')
    assert.ok(existsSync(join(home.home, 'supervisor', 'halt')))
    assert.match((await home.must('resume')).stdout, /Resumed domain/u)
    await until(
      () => (existsSync(join(home.home, 'supervisor', 'halt')) ? null : true),
      'everything to be resumed',
    )
    await home.must('down')
    await home.must('halt', '--domain', 'main')
    assert.ok(existsSync(join(home.home, 'supervisor', 'halts', 'main')))
    assert.equal((await home.run('halt', '--agent', 'bob')).status, 2, 'names need a supervisor')
  }))
