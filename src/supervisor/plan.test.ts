import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { programObstacle, supervise } from './plan.ts'
import type { Action, HaltRecord, Input, Supervision } from './supervision.ts'
import { beginSupervision } from './begin.ts'
import { everything } from './scope.ts'
import { supervision } from './supervision.ts'
import type { AgentProgram, DriverUnit } from './unit.ts'
import { isLive } from './unit.ts'

const record: HaltRecord = { requestedAt: 1, requestedBy: 'ada', reason: 'it looked wrong' }
const program: AgentProgram = { agent: 'a', command: 'x', args: [], cwd: '/', env: {} }

function driver(number: number, secret = 's'): DriverUnit {
  const run = { protocol: 'mcp-stdio', command: 'x', args: [], cwd: '/', env: {} } as const
  return { driver: number, name: `d${number}`, secret, program: run }
}

/** A home of one domain. */
function beginning(halted: HaltRecord | null): Parameters<typeof beginSupervision>[0] {
  const halts = halted === null ? [] : [{ scope: everything, record: halted }]
  return { halts, hasGateway: true, hasSovereign: false, remembered: [] }
}

/** A supervisor that is stepped by hand. */
function bench(halted: HaltRecord | null = null): {
  readonly state: Supervision
  at: number
  readonly say: (input: Input) => string[]
  readonly kernel: () => number
} {
  const state = beginSupervision(beginning(halted))
  const self = {
    state,
    at: 1000,
    say: (input: Input) => supervise(state, input, self.at).map(brief),
    kernel: () => state.units.get('kernel')?.incarnation ?? 0,
  }
  return self
}

function brief(action: Action): string {
  return 'unit' in action ? `${action.kind} ${action.unit}` : action.kind
}

/** A supervisor that runs the kernel, the gateway and two drivers. */
function running(): ReturnType<typeof bench> {
  const it = bench()
  it.say({ kind: 'tick' })
  it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() })
  it.say({ kind: 'desired-units', domain: 'main', incarnation: it.kernel(), drivers: [driver(1), driver(2)] })
  return it
}

function exit(it: ReturnType<typeof bench>, unit: string): string[] {
  const incarnation = it.state.units.get(unit)?.incarnation ?? 0
  return it.say({ kind: 'exited', unit, incarnation, how: 'exited with 1' })
}

test('the kernel starts first, the gateway when it serves, drivers when it asks for them', () => {
  const it = bench()
  assert.deepEqual(it.say({ kind: 'tick' }), ['spawn kernel'])
  assert.deepEqual(it.say({ kind: 'serving', domain: 'main', incarnation: 1 }), ['spawn gateway'])
  const drivers = [driver(1), driver(2)]
  assert.deepEqual(it.say({ kind: 'desired-units', domain: 'main', incarnation: 1, drivers }), [
    'spawn driver-1',
    'spawn driver-2',
  ])
  assert.deepEqual(it.say({ kind: 'desired-units', domain: 'main', incarnation: 1, drivers }), [])
  assert.deepEqual(
    it.say({ kind: 'desired-units', domain: 'main', incarnation: 1, drivers: [driver(2, 'new')] }),
    ['kill driver-1', 'kill driver-2'],
  )
  assert.deepEqual(exit(it, 'driver-2'), ['spawn driver-2'])
  assert.deepEqual(exit(it, 'driver-1'), [])
  assert.equal(it.state.units.has('driver-1'), false)
})

test('halt writes the file, kills everything in the same step, makes the file durable, and boots halted', () => {
  const it = running()
  it.say({ kind: 'start-program', domain: 'main', unit: 'program-1', program })
  assert.deepEqual(it.say({ kind: 'halt-requested', scope: everything, record }), [
    'write-halt-file',
    'kill program-1',
    'kill driver-1',
    'kill driver-2',
    'kill gateway',
    'kill kernel',
    'sync-halt-file',
  ])
  for (const unit of ['kernel', 'gateway', 'driver-1', 'driver-2']) assert.deepEqual(exit(it, unit), [])
  const incarnation = it.state.units.get('program-1')?.incarnation ?? 0
  const actions = supervise(it.state, { kind: 'exited', unit: 'program-1', incarnation, how: '' }, it.at)
  const halts = { domain: { scope: everything, halt: { ...record, trees: 5, survivors: 0 } }, inner: [] }
  const work = { kind: 'kernel', domain: 'main' }
  assert.deepEqual(actions, [
    { kind: 'spawn', unit: 'kernel', incarnation: it.kernel(), work, halts, weight: supervision.weight },
  ])
  assert.deepEqual(it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() }), [])
  assert.deepEqual(
    it.say({ kind: 'desired-units', domain: 'main', incarnation: it.kernel(), drivers: [driver(1)] }),
    [],
  )
  assert.equal(programObstacle(it.state, 'main', program), 'everything is halted')
  assert.deepEqual(it.say({ kind: 'resumed', domain: 'main', incarnation: it.kernel() }), [
    'remove-halt-file',
    'spawn gateway',
    'spawn driver-1',
  ])
})

test('the kernel that records a halt waits two seconds for the end of what was killed, and says what is left', () => {
  const it = running()
  it.say({ kind: 'halt-requested', scope: everything, record })
  for (const unit of ['kernel', 'gateway', 'driver-1']) assert.deepEqual(exit(it, unit), [])
  const actions = supervise(it.state, { kind: 'tick' }, it.at + supervision.lastWordsMs)
  const spawned = actions.find((action) => action.kind === 'spawn')
  assert.equal(spawned?.halts?.domain?.halt.trees, 4)
  assert.equal(spawned.halts.domain.halt.survivors, 1)
})

test('a held program ends with everything, and is forgotten when it is gone', () => {
  const it = running()
  const run = { agent: 'a', process: 9, name: 'make', rung: 'bubblewrap', limits: {}, pids: [77] }
  assert.deepEqual(it.say({ kind: 'hold', domain: 'main', unit: 'run-1', run }), [])
  assert.deepEqual(it.say({ kind: 'stop-unit', unit: 'run-1' }), ['kill run-1'])
  assert.deepEqual(exit(it, 'run-1'), [])
  assert.equal(it.state.units.has('run-1'), false)
  it.say({ kind: 'hold', domain: 'main', unit: 'run-2', run })
  assert.equal(it.say({ kind: 'halt-requested', scope: everything, record }).includes('kill run-2'), true)
  assert.deepEqual(it.say({ kind: 'hold', domain: 'main', unit: 'run-3', run }), [])
  assert.equal(it.state.units.has('run-3'), false)
})

test('tables are kept while they are wanted and their domain serves, and stand still with everything', () => {
  const it = running()
  const want = (...domains: string[]): string[] => it.say({ kind: 'tables-wanted', domains })
  assert.deepEqual(want('main', 'shop'), ['spawn tables'])
  assert.deepEqual(want('main'), [], 'there is no domain shop, and nothing to end')
  assert.equal(it.state.units.has('shop/tables'), false)
  assert.deepEqual(exit(it, 'tables'), [])
  it.at += 100
  assert.ok(it.say({ kind: 'tick' }).includes('spawn tables'))
  const killed = it.say({ kind: 'halt-requested', scope: everything, record })
  assert.deepEqual(killed.slice(1, 5), ['kill driver-1', 'kill driver-2', 'kill tables', 'kill gateway'])
  for (const unit of ['tables', 'kernel', 'gateway', 'driver-1', 'driver-2']) exit(it, unit)
  it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() })
  assert.notEqual(it.state.units.get('tables')?.phase, 'running')
  assert.ok(it.say({ kind: 'resumed', domain: 'main', incarnation: it.kernel() }).includes('spawn tables'))
  assert.deepEqual(want(), ['kill tables'])
  assert.deepEqual(exit(it, 'tables'), [])
  assert.equal(it.state.units.has('tables'), false)
})

test('a resume that a killed kernel still managed to say is not heard', () => {
  const it = running()
  const before = it.kernel()
  it.say({ kind: 'halt-requested', scope: everything, record })
  exit(it, 'kernel')
  it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() })
  it.say({ kind: 'halt-requested', scope: everything, record })
  assert.deepEqual(it.say({ kind: 'resumed', domain: 'main', incarnation: it.kernel() }), [])
  assert.deepEqual(it.say({ kind: 'resumed', domain: 'main', incarnation: before }), [])
  assert.equal(it.state.halts.get('')?.record, record)
})

test('with a halt file at start only the kernel starts', () => {
  const it = bench(record)
  assert.deepEqual(it.say({ kind: 'tick' }), ['spawn kernel'])
  assert.deepEqual(it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() }), [])
  assert.deepEqual(it.say({ kind: 'start-program', domain: 'main', unit: 'program-1', program }), [])
})

test('a halt file that appears halts, once', () => {
  const it = running()
  assert.deepEqual(it.say({ kind: 'halt-file-present', scope: everything, record }), [
    'kill driver-1',
    'kill driver-2',
    'kill gateway',
    'kill kernel',
  ])
  assert.deepEqual(it.say({ kind: 'halt-file-present', scope: everything, record }), [])
})

test('a driver that keeps failing is restarted ever more slowly and then given up', () => {
  const it = running()
  const waits: number[] = []
  for (let n = 0; n < supervision.failures; n++) {
    assert.deepEqual(exit(it, 'driver-1'), [])
    const from = it.at
    while (!it.say({ kind: 'tick' }).includes('spawn driver-1')) it.at += 10
    waits.push(it.at - from)
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1600])
  assert.deepEqual(exit(it, 'driver-1'), ['give-up driver-1'])
  it.at += 1_000_000
  it.say({ kind: 'pong', domain: 'main', incarnation: it.kernel() })
  assert.ok(!it.say({ kind: 'tick' }).includes('spawn driver-1'))
  assert.equal(it.state.units.get('driver-2')?.phase, 'running')
})

test('failures far apart never use up the budget', () => {
  const it = running()
  for (let n = 0; n < 50; n++) {
    exit(it, 'driver-1')
    it.at += supervision.failureWindowMs
    assert.ok(it.say({ kind: 'pong', domain: 'main', incarnation: it.kernel() }).includes('spawn driver-1'))
  }
})

test('when the kernel goes, what served it goes too and comes back with the next one', () => {
  const it = running()
  assert.deepEqual(exit(it, 'kernel'), ['kill driver-1', 'kill driver-2', 'kill gateway'])
  exit(it, 'driver-1')
  exit(it, 'gateway')
  it.at += 100
  assert.deepEqual(it.say({ kind: 'tick' }), ['spawn kernel'])
  assert.deepEqual(it.say({ kind: 'serving', domain: 'main', incarnation: it.kernel() }), ['spawn gateway'])
  const drivers = [driver(1, 't'), driver(2, 't')]
  assert.deepEqual(it.say({ kind: 'desired-units', domain: 'main', incarnation: it.kernel(), drivers }), [
    'spawn driver-1',
  ])
  assert.deepEqual(exit(it, 'driver-2'), ['spawn driver-2'])
})

test('a kernel that leaves a ping unanswered for five seconds is killed and restarted', () => {
  const it = running()
  it.at += 1000
  assert.deepEqual(it.say({ kind: 'tick' }), ['ping-kernel'])
  it.at += 4999
  assert.deepEqual(it.say({ kind: 'tick' }), [])
  it.at += 1
  assert.deepEqual(it.say({ kind: 'tick' }), ['kill kernel'])
  exit(it, 'kernel')
  it.at += 100
  assert.ok(it.say({ kind: 'tick' }).includes('spawn kernel'))
})

test('what a unit was killed for is told, not that it was killed', () => {
  const it = running()
  it.at += 1000
  it.say({ kind: 'tick' })
  it.at += supervision.pingTimeoutMs
  it.say({ kind: 'tick' })
  it.at += supervision.killAgainMs
  assert.ok(it.say({ kind: 'tick' }).includes('kill kernel'))
  assert.ok(exit(it, 'kernel').includes('spawn kernel'))
  assert.equal(it.state.units.get('kernel')?.lastEnd, 'it did not answer a ping')
  it.at += 1
  exit(it, 'kernel')
  assert.equal(it.state.units.get('kernel')?.lastEnd, 'exited with 1')
})

test('an answered ping keeps the kernel', () => {
  const it = running()
  for (let n = 0; n < 20; n++) {
    it.at += 1000
    assert.deepEqual(it.say({ kind: 'tick' }), ['ping-kernel'])
    it.say({ kind: 'pong', domain: 'main', incarnation: it.kernel() })
  }
})

test('a kernel that never serves is killed in the end', () => {
  const it = bench()
  it.say({ kind: 'tick' })
  it.at += supervision.kernelStartMs
  assert.deepEqual(it.say({ kind: 'tick' }), ['kill kernel'])
})

test('an adapter that the kernel complains about is restarted on its budget', () => {
  const it = running()
  assert.deepEqual(it.say({ kind: 'restart-driver', domain: 'main', incarnation: it.kernel(), driver: 1 }), [
    'kill driver-1',
  ])
  assert.deepEqual(
    it.say({ kind: 'restart-driver', domain: 'main', incarnation: it.kernel(), driver: 1 }),
    [],
  )
  assert.deepEqual(exit(it, 'driver-1'), [])
  it.at += 100
  assert.deepEqual(it.say({ kind: 'tick' }), ['spawn driver-1'])
})

test('a killed unit whose end is not seen is killed again', () => {
  const it = running()
  it.say({ kind: 'stop-unit', unit: 'driver-1' })
  it.at += supervision.killAgainMs
  assert.ok(it.say({ kind: 'tick' }).includes('kill driver-1'))
})

test('going down asks the kernel to close and kills the rest, and kills a kernel that does not', () => {
  const it = running()
  assert.deepEqual(it.say({ kind: 'shutdown' }), [
    'close-kernel kernel',
    'kill gateway',
    'kill driver-1',
    'kill driver-2',
  ])
  for (const unit of ['gateway', 'driver-1', 'driver-2']) assert.deepEqual(exit(it, unit), [])
  it.at += supervision.kernelCloseMs
  assert.deepEqual(it.say({ kind: 'tick' }), ['kill kernel'])
  assert.deepEqual(exit(it, 'kernel'), ['finished'])
  assert.deepEqual(it.say({ kind: 'tick' }), [])
})

test('a halt while going down still halts and starts nothing', () => {
  const it = running()
  it.say({ kind: 'shutdown' })
  assert.ok(it.say({ kind: 'halt-requested', scope: everything, record }).includes('kill kernel'))
  for (const unit of ['gateway', 'driver-1', 'driver-2']) exit(it, unit)
  assert.deepEqual(exit(it, 'kernel'), ['finished'])
})

test('a program runs once and is remembered for a while', () => {
  const it = running()
  for (let n = 1; n <= 40; n++) {
    assert.deepEqual(it.say({ kind: 'start-program', domain: 'main', unit: `program-${n}`, program }), [
      `spawn program-${n}`,
    ])
    assert.deepEqual(exit(it, `program-${n}`), [])
  }
  assert.equal(it.state.units.get('program-40')?.phase, 'exited')
  assert.equal(
    [...it.state.units.values()].filter(({ phase }) => phase === 'exited').length,
    supervision.endedPrograms,
  )
})

test('a program is started again as it was started to, with back-off, and given up in the end', () => {
  const it = running()
  const start = (unit: string, restart: 'on-failure' | 'always'): void =>
    void it.say({ kind: 'start-program', domain: 'main', unit, program: { ...program, restart } })
  const end = (unit: string, how: string): string[] => {
    const incarnation = it.state.units.get(unit)?.incarnation ?? 0
    return it.say({ kind: 'exited', unit, incarnation, how })
  }
  start('program-1', 'on-failure')
  end('program-1', 'died of SIGSEGV')
  it.at += supervision.backOffMs
  assert.deepEqual(it.say({ kind: 'tick' }), ['spawn program-1'])
  end('program-1', 'exited with 0')
  assert.equal(it.state.units.get('program-1')?.phase, 'exited')
  start('program-2', 'always')
  for (let n = 0; n < supervision.failures; n++) {
    end('program-2', 'exited with 0')
    assert.equal(it.state.units.get('program-2')?.phase, 'waiting')
    it.at += supervision.longestBackOffMs
    assert.ok(it.say({ kind: 'tick' }).includes('spawn program-2'))
  }
  assert.deepEqual(end('program-2', 'exited with 0'), ['give-up program-2'])
  start('program-3', 'always')
  it.say({ kind: 'stop-unit', unit: 'program-3' })
  end('program-3', 'died of SIGKILL')
  it.at += supervision.longestBackOffMs
  assert.deepEqual(
    it.say({ kind: 'tick' }).filter((action) => action.includes('program-3')),
    [],
  )
})

const unitName = fc.constantFrom('kernel', 'gateway', 'driver-1', 'driver-2', 'program-1', 'program-2')
const offset = fc.constantFrom(0, 0, 0, 0, -1, 1)
type Step = { readonly wait: number; readonly make: (state: Supervision) => Input }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    wait: fc.constantFrom(0, 1, 50, 200, 1000, 6000, 70_000),
    make: fc.oneof(
      fc.constant((): Input => ({ kind: 'tick' })),
      fc.tuple(unitName, offset).map(([unit, skew]) => (state: Supervision): Input => ({
        kind: 'exited',
        unit,
        incarnation: (state.units.get(unit)?.incarnation ?? 0) + skew,
        how: 'exited with 1',
      })),
      fc
        .tuple(
          fc.constantFrom('serving', 'serving', 'pong', 'resumed', 'desired-units', 'restart-driver'),
          offset,
          fc.uniqueArray(fc.constantFrom(1, 2)),
          fc.constantFrom('s', 't'),
        )
        .map(([kind, skew, numbers, secret]) => (state: Supervision): Input => {
          const incarnation = (state.units.get('kernel')?.incarnation ?? 0) + skew
          const said = { domain: 'main', incarnation }
          if (kind === 'desired-units') {
            return { kind, ...said, drivers: numbers.map((number) => driver(number, secret)) }
          }
          if (kind === 'restart-driver') return { kind, ...said, driver: numbers[0] ?? 1 }
          return { kind, ...said }
        }),
      fc.constant((): Input => ({ kind: 'halt-requested', scope: everything, record })),
      fc.constant((): Input => ({ kind: 'halt-file-present', scope: everything, record })),
      fc
        .constantFrom('program-1', 'program-2')
        .map((unit) => (): Input => ({ kind: 'start-program', domain: 'main', unit, program })),
      unitName.map((unit) => (): Input => ({ kind: 'stop-unit', unit })),
    ),
  }),
  { maxLength: 120, size: 'max' },
)

test('whatever happens: nothing but the kernel starts while halted, and nothing runs twice', () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (script, isHalted) => {
      const state = beginSupervision(beginning(isHalted ? record : null))
      const twin = beginSupervision(beginning(isHalted ? record : null))
      /** Processes that exist, by unit, as an outsider would count them. */
      const alive = new Map<string, number>()
      let at = 0
      for (const { wait, make } of script) {
        at += wait
        const input = make(state)
        const actions = supervise(state, input, at)
        assert.deepEqual(supervise(twin, input, at), actions)
        if (input.kind === 'exited' && alive.get(input.unit) === input.incarnation) alive.delete(input.unit)
        if (input.kind === 'halt-requested') {
          const killed = actions.flatMap((action) => (action.kind === 'kill' ? [action.unit] : []))
          for (const unit of alive.keys()) assert.ok(killed.includes(unit), `${unit} outlived the halt`)
        }
        for (const action of actions) {
          if (action.kind !== 'spawn') continue
          assert.ok(!alive.has(action.unit), `${action.unit} runs twice`)
          assert.ok(!state.halts.has('') || action.unit === 'kernel', `${action.unit} started while halted`)
          alive.set(action.unit, action.incarnation)
        }
        for (const unit of alive.keys()) {
          const known = state.units.get(unit)
          assert.ok(known !== undefined && isLive(known), `${unit} runs and is forgotten`)
        }
      }
      for (const unit of state.units.values()) assert.ok(unit.failures.length <= supervision.failures + 1)
    }),
    { numRuns: 500 },
  )
})
