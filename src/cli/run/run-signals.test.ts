/** Interrupts, one and two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InterruptCount, onSignals } from './run-signals.ts'

test('two interrupts within a second are one wish to end it, and a third begins anew', () => {
  const count = new InterruptCount()
  assert.deepEqual(
    [0, 1_500, 2_000, 2_100, 2_200].map((at) => count.isSecond(at)),
    [false, false, true, false, true],
  )
})

test('an interrupt too many ends nothing when the program is over already', () => {
  const heard: string[] = []
  const hear = (what: string) => () => void heard.push(what)
  const before = process.listenerCount('SIGINT')
  onSignals({ kill: hear('kill'), interrupt: hear('interrupt'), end: hear('end') })()
  assert.equal(process.listenerCount('SIGINT'), before + 1, 'the system does not answer it')
  process.emit('SIGINT')
  assert.deepEqual(heard, [])
})
