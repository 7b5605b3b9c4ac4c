/** Halts inside a domain, with the real supervisor and kernel: all of an agent, or one process of it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256Hex } from '../../../src/base/hash.ts'
import { descendantsOf, readProcess, readProcesses } from '../../../src/supervisor/process-table.ts'
import { connectWire } from '../../../src/wire/client.ts'
import type { TestOperator } from '../../harness/kernel-process.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import type { SupervisedHome } from '../../harness/supervised-home.ts'
import { supervised } from '../../harness/supervised-home.ts'
import { until } from '../../harness/world.ts'

interface Person {
  readonly name: string
  readonly agent: number
  readonly process: number
  readonly token: string
}

/** Two agents that may use the same driver. */
async function furnished(home: SupervisedHome): Promise<{
  readonly operator: TestOperator
  readonly log: number
  readonly bob: Person
  readonly eve: Person
}> {
  const operator = await home.operator()
  const log = await home.addLog(operator)
  const person = async (name: string): Promise<Person> => {
    const added = await operator.addAgent(name)
    const where = { '*': { arguments: {}, open: true } }
    const caveats = { selectors: ['tools/act', 'tools/hang'], where }
    await operator.must({ do: 'capability.grant', holder: added.process, object: log, caveats })
    return { name, ...added }
  }
  const [bob, eve] = [await person('bob'), await person('eve')]
  await home.attached(operator, log)
  return { operator, log, bob, eve }
}

/** How a call ended, or why it did not happen. A kernel that was replaced meanwhile is asked again. */
async function act(home: SupervisedHome, token: string, log: number): Promise<string> {
  for (;;) {
    const wire = await home.agent(token)
    const request = { op: 'call', object: log, selector: 'tools/act' }
    const answer = await wire.request(request, Buffer.from('{}'))
    wire.close()
    if (answer.kind === 'reply') return textOf(answer.header['outcome'])
    if (answer.kind === 'refusal' && answer.refusal.code !== 'driver-unavailable') return answer.refusal.code
  }
}

/** Starts a program of an agent that breeds, and returns its unit and pid. */
async function breeding(
  home: SupervisedHome,
  agent: string,
): Promise<{ readonly unit: string; readonly pid: number }> {
  const args = ['-c', 'setsid sh -c "sleep 301 & sleep 302" & sleep 303']
  const program = { command: 'sh', args, cwd: '/', env: { PATH: process.env['PATH'] ?? '' } }
  const { header } = await home.ask({ op: 'start', agent, program })
  const unit = textOf(header['unit'])
  const pid = await until(
    async () => (await home.units()).find((known) => known.unit === unit)?.pid ?? null,
    unit,
  )
  // Only what has begun in earnest ends with a supervisor that is killed.
  await until(() => (descendantsOf(pid, readProcesses()).length >= 5 ? true : null), `${unit} to breed`)
  return { unit, pid }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const isGone = (pid: number): boolean => readProcess(pid)?.isZombie ?? true
const gone = (pid: number): Promise<true> =>
  until(() => (isGone(pid) ? true : null), `process ${pid} to be gone`)
const kernelPid = async (home: SupervisedHome): Promise<number | null | undefined> =>
  (await home.units()).find(({ unit }) => unit === 'kernel')?.pid
const fileOf = (home: SupervisedHome, name: string): string =>
  join(home.home.folder, 'supervisor', 'halts', name)

test('a halted agent’s programs die and its calls are refused, while others go on; a resume ends it', () =>
  supervised(async (home) => {
    const { log, bob, eve } = await furnished(home)
    const [his, hers] = [await breeding(home, 'bob'), await breeding(home, 'eve')]
    const { header } = await home.ask({ op: 'halt', domain: 'main', agent: 'bob', by: 'ada', reason: 'odd' })
    assert.equal(header['killed'], 1)
    assert.equal(header['isDurable'], true)
    assert.equal(await act(home, bob.token, log), 'halted')
    assert.equal(await act(home, eve.token, log), 'done')
    await gone(his.pid)
    assert.ok(!isGone(hers.pid), 'another agent’s program died')
    await assert.rejects(breeding(home, 'bob'), /halted/u)
    const effect = await until(
      () =>
        ofKind(ledgerEvents(home.home.ledger), 'scope.halted').find(({ body }) => body.trees === 1) ?? null,
      'what the halt did',
    )
    assert.deepEqual({ ...effect.body.scope }, { agent: bob.agent })
    assert.equal(effect.body.survivors, 0)
    assert.ok((effect.body.killMicros ?? -1) >= 0 && (effect.body.deadMicros ?? -1) >= 0)
    const operator = await home.operator()
    await operator.must({ do: 'scope.resume', scope: { agent: bob.agent } })
    operator.client.close()
    assert.equal(await act(home, bob.token, log), 'done')
    const file = fileOf(home, `main.agent-${bob.agent}`)
    await until(() => (existsSync(file) ? null : true), 'the halt file to be removed')
    await breeding(home, 'bob')
  }))

test('a halted process stops with its children, and its parent goes on', () =>
  supervised(async (home) => {
    const { operator, log, bob } = await furnished(home)
    const token = `custos_${'c'.repeat(43)}`
    const parent = await home.agent(bob.token)
    const made = await parent.request({
      op: 'spawn',
      name: 'part',
      tokenDigest: sha256Hex(token),
      boundary: '',
    })
    assert.equal(made.kind, 'reply')
    const child = made.kind === 'reply' ? Number(made.header['process']) : 0
    const handle = await parent.request({ op: 'derive', handle: 1, holder: child }, Buffer.from('{}'))
    assert.equal(handle.kind, 'reply', JSON.stringify(handle))
    assert.equal(await act(home, token, log), 'done')
    const sleeper = await held(home, 'bob', child)
    await home.ask({ op: 'halt', process: child, by: 'ada', reason: '' })
    await gone(sleeper.pid ?? 0)
    assert.equal(await act(home, token, log), 'halted')
    assert.equal(await act(home, bob.token, log), 'done')
    await home.ask({ op: 'halt', process: bob.process, by: 'ada', reason: '' })
    assert.equal(await act(home, bob.token, log), 'halted')
    const resuming = await home.operator()
    await resuming.must({ do: 'scope.resume', scope: { process: child } })
    assert.equal(await act(home, token, log), 'halted', 'its parent is halted, and so is it')
    for (const { client } of [operator, resuming]) client.close()
  }))

test('a kernel that does not answer is replaced by one that knows of the halt', () =>
  supervised(async (home) => {
    const { operator, log, bob, eve } = await furnished(home)
    operator.client.close()
    const his = await breeding(home, 'bob')
    const kernel = (await kernelPid(home)) ?? 0
    process.kill(kernel, 'SIGSTOP')
    await home.ask({ op: 'halt', agent: bob.agent, by: 'ada', reason: '' })
    await gone(his.pid)
    await gone(kernel)
    assert.equal(await act(home, bob.token, log), 'halted')
    assert.equal(await act(home, eve.token, log), 'done')
    assert.equal(ofKind(ledgerEvents(home.home.ledger), 'scope.halted')[0]?.body.requestedBy, 'ada')
  }))

test('what is halted stays so when the file is deleted, when everything is started anew, and for whoever cannot sign', () =>
  supervised(async (home) => {
    const { operator, log, bob } = await furnished(home)
    writeFileSync(fileOf(home, `main.agent-${bob.agent}`), '')
    await until(
      async () => ((await act(home, bob.token, log)) === 'halted' ? true : null),
      'the file to be seen',
    )
    operator.client.close()
    const stranger = await home.operator()
    const forged = await stranger.order(
      { do: 'scope.resume', scope: { agent: bob.agent } },
      {},
      Buffer.alloc(32, 7),
    )
    assert.equal(forged.kind === 'refusal' ? forged.refusal.code : forged.kind, 'signature-invalid')
    assert.equal(await act(home, bob.token, log), 'halted')
    await home.kill()
    await home.start()
    await assert.rejects(breeding(home, 'bob'), /halted/u)
    await home.kill()
    rmSync(fileOf(home, `main.agent-${bob.agent}`))
    await home.start()
    assert.equal(await act(home, bob.token, log), 'halted')
    stranger.client.close()
  }))

test('a halt of what there is not is refused, and one that a removal made pointless ends by itself', () =>
  supervised(async (home) => {
    const { operator, bob } = await furnished(home)
    await assert.rejects(home.ask({ op: 'halt', agent: 4_000, by: 'ada' }), /not-found/u)
    await assert.rejects(home.ask({ op: 'halt', domain: 'nowhere', by: 'ada' }), /not-found/u)
    await assert.rejects(home.ask({ op: 'halt', domain: '../../x', by: 'ada' }), /bad-request/u)
    await assert.rejects(home.ask({ op: 'halt', agent: 1, process: 2, by: 'ada' }), /bad-request/u)
    await home.ask({ op: 'halt', agent: bob.agent, by: 'ada', reason: '' })
    const removing = await home.operator()
    await removing.must({ do: 'agent.remove', agent: bob.agent })
    removing.client.close()
    const file = fileOf(home, `main.agent-${bob.agent}`)
    await until(() => (existsSync(file) ? null : true), 'the halt file to be removed')
    operator.client.close()
  }))

/** A program that runs already and is held for a process. */
async function held(home: SupervisedHome, agent: string, number: number): Promise<ChildProcess> {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' })
  const socket = join(home.home.folder, 'run', 'supervisor.sock')
  const wire = await connectWire(socket, {})
  if (!wire.ok) throw new Error(wire.error.message)
  const run = {
    agent,
    process: number,
    name: 'sleep',
    rung: 'bubblewrap',
    limits: {},
    pids: [child.pid ?? 0],
  }
  const answer = await wire.value.request({ op: 'hold', ...run })
  assert.equal(answer.kind, 'reply')
  child.once('exit', () => wire.value.close())
  return child
}
