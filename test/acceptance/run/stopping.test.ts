/** Whatever a run does, and whoever goes away, nothing of it is left running; and what it may see is not much. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectAgent } from '../../../src/sdk/agent.ts'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { listen, runHome, until } from './run-world.ts'

let home: CommandLineHome

before(async () => {
  home = await runHome()
  await home.must('run', '--', 'true')
})
after(() => home.remove())

/** Processes of this machine whose words contain `mark`, as far as the host can see them. */
function running(mark: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(join('/proc', pid, 'cmdline'), 'latin1')
        return words.includes(mark) && !words.includes('main.ts')
      } catch {
        return false
      }
    })
    .map(Number)
}

const gone = (mark: string): Promise<true> =>
  until(() => (running(mark).length === 0 ? true : null), `${mark} to be gone`)

interface Stubborn {
  readonly mark: string
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

/** A run of programs that ignore every signal they can, leave their session, and wait. */
async function stubborn(): Promise<Stubborn> {
  const mark = `stubborn-${randomBytes(4).toString('hex')}`
  const loop = `trap '' INT TERM HUP QUIT; while :; do sleep 0.2; done`
  writeFileSync(join(home.work, 'stubborn.sh'), `: ${mark}\n${loop}\n`)
  const script = `setsid sh -c "${loop}" ${mark} & setsid sh -c "${loop}" ${mark} & echo ready; exec sh -c "${loop}" ${mark}`
  const child = home.start(['run', '--rung', 'bubblewrap', '--no-view', '--', 'sh', '-c', script])
  const { said, ended } = listen(child)
  await until(() => (said().includes('ready') ? true : null), `a run to begin: ${said()}`)
  await until(() => (running(mark).length >= 3 ? true : null), 'all of it to be there')
  return { mark, child, said, ended }
}

test('a halt ends a run at once, and nothing begins while all is halted', async () => {
  const run = await stubborn()
  await home.must('halt', '--reason', 'enough')
  assert.equal(await run.ended, 137)
  await gone(run.mark)
  assert.match(run.said(), /custos: stopped: somebody stopped it, or halted everything/u)
  const tried = await home.run('run', '--', 'true')
  assert.equal(tried.status, 125)
  assert.match(tried.stderr, /everything is halted[\s\S]*custos resume/u)
  await home.must('resume')
  await until(async () => ((await home.run('run', '--', 'true')).status === 0 ? true : null), 'it to go on')
})

test('a kill of the agent ends its runs, and every process of theirs', async () => {
  const token = join(home.folder, 'ada.token')
  await home.must('agent', 'add', 'ada', '--token-file', token)
  const child = home.start([
    'run',
    '--agent',
    'ada',
    '--token-file',
    token,
    '--no-view',
    '--',
    'sh',
    '-c',
    'echo ready; sleep 600',
  ])
  const { said, ended } = listen(child)
  await until(() => (said().includes('ready') ? true : null), 'a run to begin')
  await home.must('kill', 'ada')
  assert.equal(await ended, 137)
})

test('a run does not outlive the command that runs it, nor the supervisor', async () => {
  const orphan = await stubborn()
  orphan.child.kill('SIGKILL')
  await gone(orphan.mark)
  const next = await home.must('changes')
  assert.equal(next.status, 0)
  const unsupervised = await stubborn()
  await home.must('down')
  assert.equal(await unsupervised.ended, 137)
  await gone(unsupervised.mark)
  await home.must('up')
})

test('what a run held is taken back when its command died, and what changed nothing is removed', async () => {
  const script = 'if [ "$0" = change ]; then echo x > made; fi; echo ready; exec sleep 600'
  const runs = join(home.home, 'runs')
  const runOf = (what: string): string =>
    readdirSync(runs).find((run) =>
      readFileSync(join(runs, run, 'record.json'), 'utf8').includes(`"${what}"]`),
    ) ?? 'none'
  const names: string[] = []
  for (const what of ['change', 'nothing']) {
    const child = home.start(['run', '--rung', 'bubblewrap', '--', 'sh', '-c', script, what])
    const { said, ended } = listen(child)
    await until(() => (said().includes('ready') ? true : null), `a run to begin: ${said()}`)
    names.push(runOf(what))
    child.kill('SIGKILL')
    await ended
  }
  await home.must('run', '--no-view', '--', 'true')
  const [changed = '', unchanged = ''] = names
  assert.equal(existsSync(join(runs, unchanged)), false)
  const token = readFileSync(join(home.home, 'runs', changed, 'token'), 'utf8').trim()
  const agent = await connectAgent({ home: home.home, token })
  const held = await agent.capabilities()
  agent.close()
  assert.deepEqual(
    held.map(({ name }) => name),
    ['workspace'],
  )
  await home.must('changes', 'drop', changed)
})

test('who ended it is said', async () => {
  const run = await stubborn()
  run.child.kill('SIGTERM')
  assert.equal(await run.ended, 137)
  await gone(run.mark)
  assert.match(run.said(), /stopped: custos run was ended by SIGTERM/u)
})

test('a run is seen beside everything else that is supervised', async () => {
  const run = await stubborn()
  const units = JSON.parse((await home.must('ps', '--json')).stdout) as readonly {
    readonly unit: string
    readonly rung: string
    readonly agent: string
  }[]
  const held = units.find(({ unit }) => unit.startsWith('run-'))
  assert.deepEqual([held?.rung, held?.agent], ['bubblewrap', 'run'])
  run.child.kill('SIGTERM')
  assert.notEqual(await run.ended, 0)
  await gone(run.mark)
})

test('a program that looks for keys, tokens, sockets and the ledger finds none', async () => {
  const canary = `canary-${randomBytes(8).toString('hex')}`
  writeFileSync(join(home.folder, 'secret-beside'), canary)
  const search = [
    `grep -rl ${canary} ${home.folder} /tmp /home /root 2>/dev/null`,
    `ls -A ${home.home} ${join(home.folder, 'keys')} 2>/dev/null`,
    `find / -xdev \\( -name '*.key' -o -name operator.sock -o -name supervisor.sock -o -name 'net.sock' -o -name '*.seg' -o -name '*.token' \\) -not -path '/usr/*' -not -path '/proc/*' -not -path '/work/*' 2>/dev/null`,
    `env | grep -i ${canary}`,
    'true',
  ].join('\n')
  const child = home.start(['run', '--', 'sh', '-c', search])
  const { said, ended } = listen(child)
  assert.equal(await ended, 0)
  assert.equal(said(), '')
})
