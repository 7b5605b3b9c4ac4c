/** A judge of mutants: a few simulated worlds, watched by the oracles that share no code with the gate. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from '../simulation/run-seed.ts'

const worlds = 40

for (let seed = 0; seed < worlds; seed += 1)
  test(`nothing is violated in the world of seed ${seed}`, async () => {
    const { violation } = await runSeed(seed)
    assert.equal(violation, null)
  })
