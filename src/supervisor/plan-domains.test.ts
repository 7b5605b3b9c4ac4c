/** The plan for a home with several domains: which kernels start, who may say so, and what a halt of a part stops. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { beginSupervision } from './begin.ts'
import { supervise } from './plan.ts'
import type { InnerScope, Scope } from './scope.ts'
import { everything, isInScope, scopeName, scopeNamed } from './scope.ts'
import type { Action, DomainUnit, HaltRecord, Input, KernelNews, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import { isLive, kernelUnitName } from './unit.ts'

const record: HaltRecord = { requestedAt: 1, requestedBy: 'ada', reason: '' }
const program = { agent: 'bob', command: 'x', args: [], cwd: '/', env: {} }
const run = { agent: 'bob', process: 9, name: 'make', rung: 'bubblewrap', limits: {}, pids: [77] }

function active(...names: readonly string[]): readonly DomainUnit[] {
  return names.map((name) => ({ name, status: 'active', weight: supervision.weight }))
}

type Said = KernelNews extends infer N
  ? N extends KernelNews
    ? Omit<N, 'domain' | 'incarnation'>
    : never
  : never

/** A home with a sovereign that is stepped by hand. */
class Bench {
  readonly state: Supervision
  at = 1_000

  constructor(
    remembered: readonly DomainUnit[] = [],
    halts: Parameters<typeof beginSupervision>[0]['halts'] = [],
  ) {
    this.state = beginSupervision({ halts, hasGateway: true, hasSovereign: true, remembered })
  }

  raw(input: Input): readonly Action[] {
    return supervise(this.state, input, this.at)
  }

  do(input: Input): readonly string[] {
    return this.raw(input).map(brief)
  }

  /** The kernel of a domain says something. */
  say(domain: string, said: Said): readonly string[] {
    const incarnation = this.state.units.get(kernelUnitName(domain))?.incarnation ?? 0
    return this.do({ ...said, domain, incarnation })
  }

  exit(unit: string): readonly string[] {
    const incarnation = this.state.units.get(unit)?.incarnation ?? 0
    return this.do({ kind: 'exited', unit, incarnation, how: 'killed' })
  }

  halt(scope: Scope): readonly string[] {
    return this.do({ kind: 'halt-requested', scope, record })
  }

  /** Everything that may be told of processes: bob is agent 3 with process 4, which has the child 9. */
  know(domain: string): void {
    const processes = [
      { process: 4, agent: 3, parent: 0, name: 'bob' },
      { process: 6, agent: 5, parent: 0, name: 'eve' },
      { process: 9, agent: 3, parent: 4, name: 'part' },
    ]
    this.say(domain, { kind: 'identities', isWhole: true, processes, gone: [] })
  }

  /** Sovereign, main and b serve. */
  static running(): Bench {
    const it = new Bench()
    it.do({ kind: 'tick' })
    for (const name of ['main', 'b']) it.do({ kind: 'statement-known', domain: name })
    it.say('sovereign', { kind: 'serving' })
    it.say('sovereign', { kind: 'desired-domains', domains: active('main', 'b') })
    for (const name of ['main', 'b']) {
      it.say(name, { kind: 'serving' })
      it.know(name)
    }
    return it
  }
}

function brief(action: Action): string {
  const about = 'unit' in action ? action.unit : 'scope' in action ? scopeName(action.scope) : ''
  return `${action.kind} ${about}`.trim()
}

const agent: InnerScope = { kind: 'agent', domain: 'b', agent: 3 }
const child: Scope = { kind: 'process', domain: 'b', process: 9 }

test('the sovereign’s kernel starts first, then those it names, each when there is a statement for it', () => {
  const it = new Bench()
  assert.deepEqual(it.do({ kind: 'tick' }), ['spawn kernel-sovereign'])
  assert.deepEqual(it.say('sovereign', { kind: 'serving' }), [])
  assert.deepEqual(it.do({ kind: 'statement-known', domain: 'main' }), [])
  assert.deepEqual(it.say('sovereign', { kind: 'desired-domains', domains: active('main', 'b') }), [
    'spawn kernel',
  ])
  assert.deepEqual(it.do({ kind: 'statement-known', domain: 'b' }), ['spawn kernel-b'])
  assert.deepEqual(it.say('main', { kind: 'serving' }), ['spawn gateway'])
  const [main, b] = active('main', 'b')
  const heavier = { ...b, weight: 200 } as DomainUnit
  const weighed = it.say('sovereign', { kind: 'desired-domains', domains: [main as DomainUnit, heavier] })
  assert.deepEqual(weighed, ['weigh'])
  const removed = it.say('sovereign', { kind: 'desired-domains', domains: active('main') })
  assert.deepEqual(removed, ['close-kernel kernel-b'])
  it.exit('kernel-b')
  assert.equal(it.state.domains.has('b'), false)
})

test('members start with what was said last when the sovereign does not come up in time, or is given up', () => {
  const remembered = [...active('main'), { ...active('gone')[0], status: 'removed' } as DomainUnit]
  const it = new Bench(remembered)
  it.do({ kind: 'tick' })
  it.at += supervision.sovereignWaitMs - 1
  assert.deepEqual(it.do({ kind: 'tick' }), [])
  it.at += 1
  assert.deepEqual(it.do({ kind: 'tick' }), ['spawn kernel'])
  const other = new Bench(remembered)
  other.do({ kind: 'tick' })
  for (let failure = 0; failure <= supervision.failures; failure++) {
    const starts = [...other.exit('kernel-sovereign'), ...((other.at += 1_600), other.do({ kind: 'tick' }))]
    if (failure === supervision.failures) assert.ok(starts.includes('spawn kernel'), starts.join())
  }
})

test('no kernel but the sovereign’s says which kernels there are, and none speaks for another domain', () => {
  const it = Bench.running()
  assert.deepEqual(it.say('b', { kind: 'desired-domains', domains: [] }), [])
  it.halt({ kind: 'process', domain: 'main', process: 4 })
  const scope = { kind: 'process', domain: 'main', process: 4 } as const
  assert.deepEqual(it.say('b', { kind: 'scope-resumed', scope, requestedAt: 1 }), [])
  assert.deepEqual(it.say('b', { kind: 'halt-confirmed', scope }), [])
  assert.notEqual(it.state.halts.get('main.process-4')?.confirmBy, null)
  assert.deepEqual(it.say('b', { kind: 'restart-driver', driver: 1 }), [])
})

test('a halt of everything is lifted by the sovereign alone, and leaves halted what has not been resumed itself', () => {
  const it = Bench.running()
  it.halt(everything)
  for (const unit of ['kernel', 'kernel-b', 'kernel-sovereign', 'gateway']) it.exit(unit)
  for (const name of ['sovereign', 'main', 'b']) it.say(name, { kind: 'serving' })
  assert.deepEqual(it.say('b', { kind: 'resumed' }), [])
  assert.ok(it.state.halts.has(''))
  assert.deepEqual(it.say('sovereign', { kind: 'resumed' }), [
    'write-halt-file main',
    'sync-halt-file main',
    'remove-halt-file',
    'spawn gateway',
  ])
  assert.deepEqual([...it.state.halts.keys()], ['main'])
  assert.deepEqual(it.do({ kind: 'start-program', unit: 'program-1', domain: 'main', program }), [])
  assert.deepEqual(it.do({ kind: 'start-program', unit: 'program-2', domain: 'b', program }), [
    'spawn program-2',
  ])
  assert.deepEqual(it.say('main', { kind: 'resumed' }), ['remove-halt-file main'])
})

test('a halted domain takes its own kernel, drivers and programs down, and nobody else’s', () => {
  const it = Bench.running()
  for (const domain of ['main', 'b'])
    it.do({ kind: 'start-program', unit: `program-${domain}`, domain, program })
  it.do({ kind: 'hold', unit: 'run-1', domain: 'b', run })
  assert.deepEqual(it.halt({ kind: 'domain', domain: 'b' }), [
    'write-halt-file b',
    'kill run-1',
    'kill program-b',
    'kill kernel-b',
    'sync-halt-file b',
  ])
  const [spawned] = [it.exit('run-1'), it.exit('program-b'), it.exit('kernel-b')].flat()
  assert.equal(spawned, 'spawn kernel-b')
  assert.ok(isLive(it.state.units.get('program-main') ?? assert.fail()))
})

test('a kernel is told of the halts in its own domain only, and counts only what was killed there', () => {
  const it = Bench.running()
  it.do({ kind: 'hold', unit: 'run-1', domain: 'b', run })
  it.halt(agent)
  it.halt(everything)
  for (const unit of ['run-1', 'gateway', 'kernel', 'kernel-sovereign']) it.exit(unit)
  const incarnation = it.state.units.get('kernel-b')?.incarnation ?? 0
  const ended = it.raw({ kind: 'exited', unit: 'kernel-b', incarnation, how: '' })
  const halts = ended.flatMap((action) => (action.kind === 'spawn' ? [action.halts] : []))[0]
  assert.equal(halts?.domain?.halt.trees, 2)
  assert.deepEqual(
    halts.inner.map(({ scope }) => scopeName(scope)),
    ['b.agent-3'],
  )
  const main = it.state.units.get('kernel')
  assert.equal(main?.phase, 'running')
})

test('a halted agent loses its programs, and its kernel is told before the disk is waited for', () => {
  const it = Bench.running()
  it.do({ kind: 'start-program', unit: 'program-1', domain: 'b', program })
  it.do({ kind: 'start-program', unit: 'program-2', domain: 'b', program: { ...program, agent: 'eve' } })
  it.do({ kind: 'start-program', unit: 'program-3', domain: 'main', program })
  it.do({ kind: 'hold', unit: 'run-1', domain: 'b', run })
  assert.deepEqual(it.halt(agent), [
    'write-halt-file b.agent-3',
    'kill run-1',
    'kill program-1',
    'tell-halt b.agent-3',
    'sync-halt-file b.agent-3',
  ])
  assert.deepEqual(it.do({ kind: 'start-program', unit: 'program-4', domain: 'b', program }), [])
  assert.deepEqual(it.do({ kind: 'hold', unit: 'run-2', domain: 'b', run }), [])
  it.say('b', { kind: 'halt-confirmed', scope: agent })
  for (const unit of ['run-1', 'program-1']) it.exit(unit)
  assert.deepEqual(it.do({ kind: 'tick' }), ['report-halt b.agent-3'])
  assert.deepEqual(it.do({ kind: 'tick' }), [])
  assert.deepEqual(it.say('b', { kind: 'scope-resumed', scope: agent, requestedAt: 1 }), [
    'remove-halt-file b.agent-3',
  ])
})

test('a process is in the scope of those it descends from, and one that nobody told of in that of its agent’s name', () => {
  const it = Bench.running()
  const unit = (process: number, name: string): Parameters<typeof isInScope>[1] => {
    it.do({ kind: 'hold', unit: `run-${process}${name}`, domain: 'b', run: { ...run, process, agent: name } })
    return it.state.units.get(`run-${process}${name}`) ?? assert.fail()
  }
  const all = [unit(9, 'bob'), unit(4, 'bob'), unit(6, 'eve'), unit(77, 'bob')]
  const inside = (scope: Scope): readonly boolean[] => all.map((each) => isInScope(it.state, each, scope))
  assert.deepEqual(inside(agent), [true, true, false, true])
  assert.deepEqual(inside({ kind: 'process', domain: 'b', process: 4 }), [true, true, false, false])
  assert.deepEqual(inside(child), [true, false, false, false])
  assert.deepEqual(inside({ ...agent, domain: 'main' }), [false, false, false, false])
})

test('a halted driver stays down until it is resumed, and comes back by itself', () => {
  const it = Bench.running()
  const mcp = { protocol: 'mcp-stdio', command: 'x', args: [], cwd: '/', env: {} } as const
  const drivers = [7, 8].map((driver) => ({ driver, name: `d${driver}`, program: mcp, secret: 's' }))
  it.say('b', { kind: 'desired-units', drivers })
  const scope: InnerScope = { kind: 'process', domain: 'b', process: 7 }
  assert.ok(it.halt(scope).includes('kill b/driver-7'))
  assert.deepEqual(it.exit('b/driver-7'), [])
  assert.deepEqual(it.say('b', { kind: 'desired-units', drivers }), [])
  assert.deepEqual(it.say('b', { kind: 'scope-resumed', scope, requestedAt: 1 }), [
    'remove-halt-file b.process-7',
    'spawn b/driver-7',
  ])
  assert.equal(it.state.units.get('b/driver-8')?.phase, 'running')
})

test('a kernel that does not confirm in time, or is only starting, is started anew with the halt', () => {
  const it = Bench.running()
  it.halt(agent)
  it.at += supervision.confirmMs - 1
  assert.deepEqual(it.do({ kind: 'tick' }), ['report-halt b.agent-3'].slice(1))
  it.at += 1
  assert.deepEqual(it.do({ kind: 'tick' }), ['kill kernel-b'])
  it.exit('kernel-b')
  it.at += supervision.backOffMs
  assert.deepEqual(it.do({ kind: 'tick' }).slice(0, 1), ['spawn kernel-b'])
  assert.ok(it.halt(child).includes('kill kernel-b'), 'it does not serve yet and cannot be told')
})

test('a resume of an earlier halt does not lift a later one of the same scope', () => {
  const it = Bench.running()
  it.halt(agent)
  it.do({ kind: 'halt-requested', scope: agent, record: { ...record, requestedAt: 2 } })
  assert.deepEqual(it.say('b', { kind: 'scope-resumed', scope: agent, requestedAt: 1 }), [])
  assert.ok(it.state.halts.has('b.agent-3'))
})

test('names of scopes are names of files, and no name of a domain reads like another scope', () => {
  for (const scope of [everything, agent, child, { kind: 'domain', domain: 'b' } as const])
    if (scope.kind !== 'everything') assert.deepEqual(scopeNamed(scopeName(scope)), scope)
  for (const name of [
    '',
    '..',
    '.',
    'a/b',
    'A',
    'b.agent-0',
    'b.agent-01',
    '../b.agent-1',
    'b.process-99999999999',
  ])
    assert.ok(scopeNamed(name) === null || scopeName(scopeNamed(name) ?? everything) !== '', name)
  assert.equal(scopeNamed('../b.agent-1'), null)
  assert.equal(scopeNamed('a.agent-1.agent-2'), null)
})

const scopes: fc.Arbitrary<Scope> = fc.constantFrom(
  everything,
  { kind: 'domain', domain: 'b' },
  { kind: 'domain', domain: 'main' },
  { kind: 'domain', domain: 'sovereign' },
  agent,
  child,
)
type Step = { readonly wait: number; readonly make: (state: Supervision) => Input }
const said = (domain: string, incarnation: number, kind: string, scope: Scope): Input => {
  const inner = scope.kind === 'agent' || scope.kind === 'process' ? scope : null
  const who = { domain, incarnation }
  if (kind === 'desired-domains') return { kind, ...who, domains: active('main', 'b') }
  if (kind === 'scope-resumed') return { kind, ...who, scope: inner ?? agent, requestedAt: 1 }
  if (kind === 'halt-confirmed') return { kind, ...who, scope: inner ?? agent }
  return { kind: kind as 'serving' | 'pong' | 'resumed', ...who }
}
const news = ['serving', 'serving', 'pong', 'resumed', 'desired-domains', 'scope-resumed', 'halt-confirmed']
const units = ['kernel', 'kernel-b', 'kernel-sovereign', 'gateway', 'program-1', 'program-2', 'run-1']
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    wait: fc.constantFrom(0, 1, 100, 1000, 6000),
    make: fc.oneof(
      fc.constant((): Input => ({ kind: 'tick' })),
      fc.constantFrom(...units).map((unit) => (state: Supervision): Input => ({
        kind: 'exited',
        unit,
        incarnation: state.units.get(unit)?.incarnation ?? 0,
        how: 'killed',
      })),
      fc
        .tuple(
          fc.constantFrom('sovereign', 'main', 'b'),
          fc.constantFrom(...news),
          scopes,
          fc.constantFrom(0, 0, -1),
        )
        .map(
          ([domain, kind, scope, skew]) =>
            (state: Supervision): Input =>
              said(domain, (state.units.get(kernelUnitName(domain))?.incarnation ?? 0) + skew, kind, scope),
        ),
      scopes.map((scope) => (): Input => ({ kind: 'halt-requested', scope, record })),
      fc.constantFrom('main', 'b').map((domain) => (): Input => ({ kind: 'statement-known', domain })),
      fc
        .tuple(fc.constantFrom('program-1', 'program-2'), fc.constantFrom('main', 'b'))
        .map(([unit, domain]) => (): Input => ({ kind: 'start-program', unit, domain, program })),
      fc.constant((): Input => ({ kind: 'hold', unit: 'run-1', domain: 'b', run })),
    ),
  }),
  { maxLength: 120, size: 'max' },
)

test('whatever happens in however many domains: nothing in a halted scope starts, all of it dies at once, and all is repeatable', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const beginning = { halts: [], hasGateway: true, hasSovereign: true, remembered: active('main', 'b') }
      const [state, twin] = [beginSupervision(beginning), beginSupervision(beginning)]
      const alive = new Map<string, number>()
      let at = 0
      for (const { wait, make } of script) {
        at += wait
        const input = make(state)
        const actions = supervise(state, input, at)
        assert.deepEqual(supervise(twin, input, at), actions)
        if (input.kind === 'exited' && alive.get(input.unit) === input.incarnation) alive.delete(input.unit)
        if (input.kind === 'hold' && state.units.has('run-1'))
          alive.set('run-1', state.units.get('run-1')?.incarnation ?? 0)
        if (input.kind === 'halt-requested') {
          const killed = new Set(actions.flatMap((action) => (action.kind === 'kill' ? [action.unit] : [])))
          for (const name of alive.keys()) {
            const unit = state.units.get(name)
            const isIn: boolean = unit !== undefined && isInScope(state, unit, input.scope)
            assert.ok(!isIn || killed.has(name), `${name} outlived the halt of ${scopeName(input.scope)}`)
          }
        }
        for (const action of actions) {
          if (action.kind !== 'spawn') continue
          assert.ok(!alive.has(action.unit), `${action.unit} runs twice`)
          const unit = state.units.get(action.unit) ?? assert.fail()
          const isStill = [...state.halts.values()].some(({ scope }) => isInScope(state, unit, scope))
          assert.ok(
            !isStill || action.work.kind === 'kernel',
            `${action.unit} was started while it was halted`,
          )
          alive.set(action.unit, action.incarnation)
        }
        for (const name of alive.keys()) {
          const known = state.units.get(name)
          assert.ok(known !== undefined && isLive(known), `${name} runs and is forgotten`)
        }
      }
    }),
    { numRuns: 500 },
  )
})
