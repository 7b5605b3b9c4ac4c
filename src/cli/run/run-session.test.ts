/** A run's order of events, against parts that only write down what they were asked. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import type { Boundary, Confined, Confiner, End } from '../../sandbox/boundary.ts'
import { ok, err } from '../../base/result.ts'
import type { HeldCapability } from '../../sdk/call.ts'
import type { ParentLink } from './parent-link.ts'
import type { RunPlan, RunPorts } from './run-session.ts'
import { carryOut } from './run-session.ts'
import { keepCommitOnly, mayCommit } from './run-authority.ts'
import { statusOf } from './run-status.ts'

const limits = { memoryMiB: 1, processes: 1, openFiles: 1, cpuPercent: null, cpuSeconds: null } as const
const plan: RunPlan = {
  run: 'abc',
  agent: 'run',
  command: 'true',
  args: [],
  tokenDigest: 'd',
  description: 'bubblewrap',
  limits: { ...limits, diskMiB: 1, fileMiB: 1, wallMs: null },
  boundary: () => ({}) as Boundary,
}

function capability(handle: number, selector: string, derivable = true): HeldCapability {
  const selectors = [{ selector, effect: 'act' }]
  const rest = { where: [], expiresAt: null, usesLeft: null, ask: false, derivable }
  return { handle, capability: handle, object: 1, name: 'net', selectors, ...rest }
}

interface Stage {
  readonly log: string[]
  readonly ports: RunPorts
  readonly stop: (why: string) => void
  readonly finish: (end: End) => void
}

/** Ports that write down what they are asked. `broken` names one that fails. */
function stage(broken: 'hold' | 'egress' | 'start' | 'none' = 'none'): Stage {
  const log: string[] = []
  const ended = Promise.withResolvers<End>()
  const over = Promise.withResolvers<string>()
  const parent: ParentLink = {
    agent: 1,
    process: 2,
    name: 'run',
    held: async () => [
      capability(1, 'http/request'),
      capability(2, 'changes/commit'),
      capability(3, 'x', false),
    ],
    spawn: async () => (log.push('spawn'), 9),
    derive: async (handle, child) => (log.push(`derive ${handle} to ${child}`), { capability: handle + 100 }),
    revoke: async (revoked) => void log.push(`revoke ${revoked}`),
    end: async (child, reason) => void log.push(`end ${child}: ${reason}`),
    close: () => {},
  }
  const child = spawn('true')
  const confined: Confined = {
    rung: 'bubblewrap',
    child,
    pids: [4],
    ended: ended.promise,
    usage: () => ({ memoryBytes: 1, cpuMicros: 1, processes: 1, diskBytes: 1 }),
    kill: () => (log.push('kill'), ended.resolve({ status: null, signal: 'SIGKILL', limit: '' })),
  }
  const confiner: Confiner = {
    rung: 'bubblewrap',
    async start(_boundary, { beforeStart }) {
      if (broken === 'start') return err('there is no boundary here')
      try {
        await beforeStart?.([4])
      } catch (problem) {
        return err(String(problem))
      }
      log.push('begins')
      return ok(confined)
    },
  }
  const ports: RunPorts = {
    parent,
    confiner,
    grant: async (process) => void log.push(`grant ${process}`),
    egress: async () => {
      log.push('egress')
      if (broken === 'egress') throw new Error('no net')
      return { socket: '/s', authority: '', close: () => void log.push('egress closed') }
    },
    hold: async ({ pids }) => {
      log.push(`hold ${pids.join()}`)
      if (broken === 'hold') throw new Error('no supervisor')
      return { unit: 'run-1', over: over.promise, close: () => void log.push('hold closed') }
    },
    begun: () => void log.push('begun'),
    note: (line) => void log.push(`note ${line}`),
  }
  return { log, ports, stop: over.resolve, finish: ended.resolve }
}

test('nothing begins before it may do exactly what its agent may and the supervisor holds it', async () => {
  const { log, ports, finish } = stage()
  const going = carryOut(plan, ports)
  finish({ status: 3, signal: null, limit: '' })
  const { child, end, stopped, derived } = await going
  assert.deepEqual([child, statusOf(end), stopped], [9, 3, ''])
  assert.deepEqual(log, [
    'spawn',
    'derive 1 to 9',
    'derive 2 to 9',
    'note custos: c3 on net may not be handed on: the run goes without',
    'grant 9',
    'egress',
    'hold 4',
    'begun',
    'begins',
    'hold closed',
    'egress closed',
  ])
  assert.ok(mayCommit(derived))
  await keepCommitOnly(ports.parent, derived)
  assert.deepEqual(log.at(-1), 'revoke 101')
})

test('what the supervisor stops, or leaves alone by going, is killed', async () => {
  const { log, ports, stop } = stage()
  const going = carryOut(plan, ports)
  stop('the supervisor is gone')
  const { end, stopped } = await going
  assert.deepEqual([statusOf(end), stopped], [137, 'the supervisor is gone'])
  assert.ok(log.includes('kill'))
})

for (const broken of ['hold', 'egress', 'start'] as const) {
  test(`a run that fails at its ${broken} has not begun and its process is ended`, async () => {
    const { log, ports } = stage(broken)
    await assert.rejects(carryOut(plan, ports))
    assert.equal(log.includes('begins'), false)
    assert.ok(log.includes('end 9: the run could not begin'))
    assert.equal(log.includes('egress closed'), broken !== 'egress')
  })
}

test('a status says how the program ended, as a shell would, or that a limit ended it', () => {
  assert.equal(statusOf({ status: 0, signal: null, limit: '' }), 0)
  assert.equal(statusOf({ status: null, signal: 'SIGTERM', limit: '' }), 143)
  assert.equal(statusOf({ status: null, signal: 'SIGKILL', limit: 'memory' }), 124)
})
