/**
 * Whether tests of a rung can run here. A rung that is missing fails its tests, because a boundary that nobody
 * tried is none; only a reason that lies in the machine's own kernel lets them be skipped, and says so.
 */
import type { Rung } from '../../src/sandbox/boundary.ts'
import { probeLadder } from '../../src/sandbox/ladder.ts'

/** Reasons that no package puts right, by rung. */
const listed: { readonly [R in Rung]: RegExp | null } = {
  gvisor: null,
  bubblewrap: null,
  landlock: /^Landlock with scopes is not there/,
}

/** False when tests of `rung` are to run, else why they are skipped. */
export async function skipped(rung: Rung): Promise<string | false> {
  const { ladder } = await probeLadder({})
  const found = ladder.find((step) => step.rung === rung)
  if (found?.available === true) return false
  const detail = found?.detail ?? 'it was not tried'
  process.stderr.write(`The ${rung} rung is not there: ${detail}\n`)
  return listed[rung]?.test(detail) === true ? detail : false
}
