/** The kernel's intake: who floods delays itself, and who asks little does not wait. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { ordinaryShare } from '../kernel/schedule/share.ts'
import type { Ticket } from './intake.ts'
import { Intake, IntakeLine } from './intake.ts'

/** An intake whose turns of the event loop the test ends. Processes from 100 on are children of `process % 100`. */
class Desk {
  readonly served: number[] = []
  readonly #tasks: (() => void)[] = []
  readonly intake: Intake = new Intake({
    placeOf: (process) => ({
      tree: id<ProcessId>(process % 100),
      treeShare: ordinaryShare,
      share: ordinaryShare,
      isFrozen: false,
    }),
    defer: (task) => void this.#tasks.push(task),
  })

  ask(process: number, bytes = 0): Ticket | null | false {
    return this.intake.take(id<ProcessId>(process), bytes, () => void this.served.push(process))
  }

  /** Ends the turn; returns how often each process was served at its end. */
  turn(): { readonly [process: string]: number } {
    const before = this.served.length
    for (const task of this.#tasks.splice(0)) task()
    const counts: { [process: string]: number } = {}
    for (const process of this.served.slice(before)) counts[process] = (counts[process] ?? 0) + 1
    return counts
  }
}

test('what asks little is served as it comes, whoever floods', () => {
  const desk = new Desk()
  for (let n = 0; n < 4_000; n++) desk.ask(1)
  const prompt = desk.served.length
  assert.equal(desk.ask(2), null)
  assert.equal(desk.served.at(-1), 2)
  assert.ok(prompt < 100, `${prompt} of a flood are served as they come`)
  desk.turn()
  assert.equal(desk.ask(2), null)
})

test('those that wait share the turns, and the children of a flood share its turns', () => {
  const desk = new Desk()
  for (let n = 0; n < 1_000; n++) for (const process of [1, 101, 201, 2]) desk.ask(process)
  const { 2: other = 0, ...family } = desk.turn()
  const flood = Object.values(family).reduce((sum, count) => sum + count, 0)
  assert.ok(Math.abs(other - flood) <= 1, `${other} and ${flood}`)
})

test('a long request costs as much as many short ones', () => {
  const desk = new Desk()
  for (let n = 0; n < 1_000; n++) desk.ask(1, 160_000 / 10)
  for (let n = 0; n < 400; n++) desk.ask(2, 160_000)
  const served = desk.turn()
  assert.ok((served[1] ?? 0) > 8 * (served[2] ?? 0), JSON.stringify(served))
})

test('requests of one process that wait are bounded in number and bytes, and nobody else’s', () => {
  const desk = new Desk()
  let taken = 0
  while (desk.ask(1) !== false) taken++
  assert.ok(taken < 5_000)
  assert.equal(desk.ask(2), null)
  const other = new Desk()
  let bytes = 0
  while (other.ask(1, 1_000_000) !== false) bytes += 1_000_000
  assert.ok(bytes < 200_000_000, `${bytes} bytes wait`)
})

test('requests of a whole tree that wait are bounded however many children flood, and nobody else’s', () => {
  const children = Array.from({ length: 300 }, (_, index) => 101 + 100 * index)
  for (const [bytes, most] of [
    [0, 16_384 + 64],
    [1_000_000, 200],
  ] as const) {
    const desk = new Desk()
    let taken = 0
    for (let round = 0; round < 200; round++)
      for (const process of children) if (desk.ask(process, bytes) !== false) taken++
    assert.ok(taken > most / 2 && taken <= most, `${taken} of ${bytes} bytes were taken`)
    assert.equal(desk.ask(1, bytes), false)
    assert.equal(desk.ask(2, bytes), null)
    // What was served makes room again, and nothing is left when all are.
    for (let turn = 0; desk.intake.size > 0; turn++) {
      desk.turn()
      assert.ok(turn < 10_000)
    }
    desk.turn()
    assert.equal(desk.served.length, taken + 1)
    let again = 0
    while (desk.ask(101, bytes) !== false) again++
    assert.ok(again > 60, `${again} are taken again`)
  }
})

test('one connection’s requests are served in order, each once, or not at all when it is gone', () => {
  const desk = new Desk()
  const served: number[] = []
  const line = new IntakeLine(desk.intake, id<ProcessId>(1))
  for (let n = 1; n <= 1_000; n++) line.take(n, 0, () => void served.push(n))
  assert.equal(line.withdraw(1), false, 'it has been served')
  assert.equal(line.withdraw(500), true)
  assert.equal(line.withdraw(500), false)
  desk.turn()
  const before = served.length
  assert.deepEqual(
    served,
    Array.from({ length: before + 1 }, (_, at) => at + 1).filter((n) => n !== 500),
  )
  line.close()
  desk.turn()
  assert.deepEqual([served.length, desk.intake.size], [before, 0])
})
