/** A judge of mutants: a few simulated worlds, watched by the oracles that share no code with the gate. */
import assert from 'node:assert/strict'
import { runSeed } from '../simulation/run-seed.ts'

const seeds = 40

for (let seed = 0; seed < seeds; seed += 1) {
  const { violation } = await runSeed(seed)
  assert.equal(violation, null, `seed ${seed}`)
}
