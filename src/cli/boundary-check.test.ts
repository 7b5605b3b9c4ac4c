import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LadderReport } from '../sandbox/ladder.ts'
import { boundaryFindings } from './boundary-check.ts'

function report(available: readonly string[], wanted = ''): LadderReport {
  const ladder = (['gvisor', 'bubblewrap', 'landlock'] as const).map((rung) =>
    available.includes(rung)
      ? { rung, available: true, detail: 'it is there', install: '' }
      : { rung, available: false, detail: 'it is missing; install it with: get it', install: 'get it' },
  )
  return { rung: 'none', wanted, ladder }
}

const states = (found: LadderReport): readonly string[] =>
  boundaryFindings(found).map(({ what, state }) => `${what} ${state}`)

test('a missing rung is a note as long as another holds programs', () => {
  assert.deepEqual(states(report(['bubblewrap'])), [
    'boundary good',
    'gvisor note',
    'bubblewrap good',
    'landlock note',
  ])
})

test('no rung at all, or not the one that was asked for, is bad and says what to do', () => {
  for (const found of [report([]), report(['bubblewrap'], 'gvisor')]) {
    const [first] = boundaryFindings(found)
    assert.equal(first?.state, 'bad')
    assert.match(first.detail, /get it/)
  }
})

test('a rung that was asked for is said to be the reason', () => {
  const [first] = boundaryFindings(report(['gvisor', 'landlock'], 'landlock'))
  assert.equal(first?.detail, 'programs are held by landlock, as CUSTOS_RUNG asks')
})
