import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StdioProgram } from '../kernel/manifest.ts'
import { beginSupervision } from './begin.ts'
import { ExpectedDrivers } from './expected-drivers.ts'
import { supervise } from './plan.ts'
import type { Input, Supervision } from './supervision.ts'
import type { DriverUnit, Unit } from './unit.ts'

const domain = 'main'

function program(name: string): StdioProgram {
  return { protocol: 'mcp-stdio', command: name, args: [], cwd: '/', env: {} }
}

function driver(number: number, name = `d${number}`): DriverUnit {
  return { driver: number, name, program: program(name), secret: '' }
}

/** A kernel that serves, and drivers that were started in this order. */
function begun(drivers: readonly DriverUnit[]): { state: Supervision; tell: (input: Input) => void } {
  const state = beginSupervision({ halts: [], hasGateway: false, hasSovereign: false, remembered: [] })
  let at = 0
  const tell = (input: Input): void => void supervise(state, input, (at += 1_000))
  tell({ kind: 'tick' })
  const { incarnation } = state.units.get('kernel') ?? assert.fail('there is no kernel')
  tell({ kind: 'serving', domain, incarnation })
  tell({ kind: 'desired-units', domain, incarnation, drivers })
  return { state, tell }
}

function expectedOf({ units }: Supervision): ExpectedDrivers {
  const expected = new ExpectedDrivers()
  for (const { work } of units.values()) if (work.kind === 'driver') expected.started(work)
  return expected
}

function names(expected: ExpectedDrivers): readonly string[] {
  return expected.all.map((one) => one.program.command)
}

function unitOf({ units }: Supervision, name: string): Unit {
  return units.get(name) ?? assert.fail(`there is no ${name}`)
}

test('those that were started last are expected, each once, and nothing secret is said of them', () => {
  const { state } = begun([1, 2, 3, 4].map((number) => driver(number)))
  const expected = expectedOf(state)
  assert.deepEqual(names(expected), ['d2', 'd3', 'd4'])
  const { work } = unitOf(state, 'driver-2')
  assert.ok(work.kind === 'driver')
  expected.started(work)
  assert.deepEqual(names(expected), ['d3', 'd4', 'd2'])
  assert.deepEqual(Object.keys(expected.all[0] ?? {}).toSorted(), ['domain', 'program'])
})

test('one that failed stays expected', () => {
  const { state, tell } = begun([driver(1)])
  const expected = expectedOf(state)
  const { incarnation } = unitOf(state, 'driver-1')
  tell({ kind: 'exited', unit: 'driver-1', incarnation, how: 'died of SIGSEGV' })
  assert.equal(expected.review(state), false)
  assert.deepEqual(names(expected), ['d1'])
})

const halt = { requestedAt: 0, requestedBy: 'test', reason: '' }
const endings: readonly (readonly [string, (kernel: number) => Input])[] = [
  ['is removed', (incarnation) => ({ kind: 'desired-units', domain, incarnation, drivers: [driver(2)] })],
  [
    'gets another manifest',
    (incarnation) => ({
      kind: 'desired-units',
      domain,
      incarnation,
      drivers: [driver(1, 'other'), driver(2)],
    }),
  ],
  [
    'is halted as a process',
    () => ({ kind: 'halt-requested', scope: { kind: 'process', domain, process: 1 }, record: halt }),
  ],
]

for (const [what, input] of endings)
  test(`one that ${what} is expected no more, and the others are`, () => {
    const { state, tell } = begun([driver(1), driver(2)])
    const expected = expectedOf(state)
    tell(input(unitOf(state, 'kernel').incarnation))
    assert.equal(expected.review(state), true)
    assert.deepEqual(names(expected), ['d2'])
    assert.equal(expected.review(state), false)
  })

test('with their domain or everything halted none is expected', () => {
  for (const scope of [{ kind: 'domain', domain }, { kind: 'everything' }] as const) {
    const { state, tell } = begun([driver(1), driver(2)])
    const expected = expectedOf(state)
    tell({ kind: 'halt-requested', scope, record: halt })
    assert.equal(expected.review(state), true)
    assert.deepEqual(expected.all, [])
  }
})
