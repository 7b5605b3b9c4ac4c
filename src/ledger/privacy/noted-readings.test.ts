import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { noteReading, takeNotedReadings } from './noted-readings.ts'

/** What is noted now, as plain objects. */
function taken(path: string): readonly unknown[] {
  return takeNotedReadings(path).lines.map((line) => ({ ...line }))
}

function inFolder(body: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'noted-'))
  try {
    body(join(folder, 'noted-readings'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('what was noted is taken in order, and again until it is forgotten', () => {
  inFolder((path) => {
    assert.deepEqual(taken(path), [])
    noteReading(path, { reader: 'ada', from: 1 })
    noteReading(path, { reader: 'eve', from: 2 })
    const both = [
      { reader: 'ada', from: 1 },
      { reader: 'eve', from: 2 },
    ]
    assert.deepEqual(taken(path), both)
    noteReading(path, { reader: 'later' })
    const again = takeNotedReadings(path)
    assert.deepEqual(
      again.lines.map((line) => ({ ...line })),
      both,
      'a crash before they were recorded loses none',
    )
    again.forget()
    assert.deepEqual(taken(path), [{ reader: 'later' }])
    takeNotedReadings(path).forget()
    assert.ok(!existsSync(path) && !existsSync(`${path}.taken`))
  })
})

test('lines that cannot be read, or are too many, count as readings all the same', () => {
  inFolder((path) => {
    appendFileSync(path, `not json\n[1]\n${'x'.repeat(9_000)}\n`)
    assert.deepEqual(taken(path), [{}, {}, {}])
    takeNotedReadings(path).forget()
    appendFileSync(path, '{"a":1}\n'.repeat(5_000))
    const lines = taken(path)
    assert.deepEqual([lines.length, lines.at(-1)], [1024, {}])
  })
})
