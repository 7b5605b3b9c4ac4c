/**
 * The output gate, seen from the operating system: the kernel's process runs under strace, and no frame that
 * tells or does something leaves before the write that made it durable has returned.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CallAnswer } from '../../src/sdk/index.ts'
import { echo, failure } from '../harness/recording-driver.ts'
import { TestHome } from '../harness/kernel-process.ts'
import type { Actor } from '../harness/world.ts'
import { anyArguments, call, World } from '../harness/world.ts'
import { judgeOutputs } from './output-gate/output-gate-breaches.ts'
import type { SystemCall } from './output-gate/system-call-trace.ts'
import { parseTrace, straceOptions } from './output-gate/system-call-trace.ts'

const rounds = 16

test('under strace, nothing leaves before the write that made it durable', async () => {
  const probe = spawnSync('strace', ['-V'])
  assert.equal(probe.error, undefined, 'strace is missing: run scripts/setup-debian.sh')
  const home = new TestHome()
  const output = join(home.folder, 'trace')
  const world = new World(home, { wrapper: ['strace', ...straceOptions, '-o', output, '--'] })
  let kernel = 0
  try {
    await world.start()
    kernel = kernelUnder(world.kernel.child.pid as number)
    const answered = await drive(world)
    const events = world.events().length
    process.kill(kernel, 'SIGTERM')
    await world.kernel.exited
    kernel = 0
    const calls = parseTrace(readFileSync(output, 'utf8'))
    const report = judgeOutputs(calls)
    assert.deepEqual(report.breaches, [])
    // A trace that shows less than happened would prove nothing.
    assert.ok(report.events >= events, `${report.events} events in the trace, ${events} in the ledger`)
    assert.ok(report.citations >= answered, `${report.citations} citations, ${answered} answers`)
    assert.equal(report.dispatches, world.box.seen.length)
    assert.ok(report.dispatches > 100, `${report.dispatches} dispatches`)
    assert.notDeepEqual(judgeOutputs(delayed(calls)).breaches, [], 'the same trace with one write later')
  } finally {
    // Under strace the kernel is a grandchild: killing strace alone would leave it.
    if (kernel !== 0) process.kill(kernel, 'SIGKILL')
    world.kernel?.child.kill('SIGKILL')
    home.remove()
  }
})

function kernelUnder(strace: number): number {
  return Number(readFileSync(`/proc/${strace}/task/${strace}/children`, 'utf8').trim().split(' ')[0])
}

/** Two agents and an operator do all that is answered with an event. Returns how many answers cited one. */
async function drive(world: World): Promise<number> {
  const one = await world.agent('one')
  const two = await world.agent('two')
  await world.grant(one)
  const { handle } = await world.grant(two, { selectors: ['tools/read', 'tools/write'] })
  await world.grant(two, { selectors: ['tools/send'], where: anyArguments, ask: true })
  let answered = 0
  for (let round = 0; round < rounds; round++) {
    world.box.behaviour = round % 4 === 3 ? failure : echo
    const held = call(two, 'tools/send', { round })
    const burst = Promise.all([...many(one, round), ...many(two, round)])
    const derived = two.sdk.derive(handle, { uses: 1 })
    const [shown] = await world.held()
    assert.ok(shown)
    const decision = round % 3 === 2 ? 'call.deny' : 'call.approve'
    await world.operator.must({ do: decision, call: shown.call, digest: shown.digest, comment: '' })
    const authority = await derived
    assert.ok(authority.ok)
    await two.sdk.revoke(authority.value.capability)
    const answers = [await held, ...(await burst)]
    assert.equal(answers.filter((answer) => !answer.ok).length, decision === 'call.deny' ? 5 : 4)
    answered += answers.filter((answer) => seqOf(answer) !== null).length + 3
  }
  return answered
}

/** Six calls, of which two are refused. */
function many(actor: Actor, round: number): readonly Promise<CallAnswer>[] {
  const asked = ['tools/read', 'tools/write', 'tools/read', 'tools/buy', 'tools/none', 'tools/write']
  return asked.map((selector, at) => call(actor, selector, { round, at }))
}

function seqOf(answer: CallAnswer): number | null {
  return answer.ok ? answer.seq : answer.refusal.seq
}

/** The trace as it would be if one batch in the middle had never become durable. */
function delayed(calls: readonly SystemCall[]): readonly SystemCall[] {
  const batches = calls.filter(({ name, file }) => name === 'pwrite64' && file.endsWith('.seg>'))
  const late = batches.at(Math.trunc(batches.length / 2))
  return calls.map((each) => (each === late ? { ...each, returnedAt: Infinity } : each))
}
