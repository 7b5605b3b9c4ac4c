/**
 * `node test/crash/real/main.ts [--kills N] [--seed S] [--json]`: a writer killed N times with SIGKILL at any
 * moment, every other home with a mirror. After each death everything that it had acknowledged is there, and the
 * next one goes on. Exit 1 when anything was lost.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../simulation/world/random.ts'
import { judgeLife, live } from './life.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('real: --kills and --seed are whole numbers\n')
  process.exit(2)
}

/** A new home after so many kills, because each is verified from its beginning. */
const killsPerHome = 25
const began = performance.now()
const random = new Random(seed, 'kills')
const sums = { kills: 0, acknowledged: 0, homes: 0, violations: 0 }
while (sums.kills < kills && sums.violations === 0) {
  const home = mkdtempSync(join(tmpdir(), 'custos-kills-'))
  const mirror = sums.homes % 2 === 1 ? { mirror: join(home, 'mirror') } : {}
  sums.homes += 1
  let known = 0
  for (let kill = 0; kill < killsPerHome && sums.kills < kills; kill++) {
    // oxlint-disable-next-line no-await-in-loop -- one life after another
    const life = await live({ folder: home, ...mirror, killAfterMs: random.below(40) })
    const wrong = [
      ...judgeLife(home, life.acknowledged),
      ...(life.failed === null ? [] : [`it failed: ${life.failed}`]),
      ...((life.opened ?? -1) < known
        ? [`it opened at ${life.opened}, after ${known} was acknowledged`]
        : []),
    ]
    for (const why of wrong) process.stderr.write(`VIOLATION kill ${sums.kills + 1}: ${why}\n`)
    sums.violations += wrong.length
    sums.acknowledged += life.acknowledged - known
    sums.kills += 1
    known = life.acknowledged
  }
  rmSync(home, { recursive: true, force: true })
  process.stderr.write(`${sums.kills} kills, ${sums.acknowledged} acknowledged\n`)
}
const seconds = Math.round((performance.now() - began) / 1_000)
const line = { ...sums, seed, seconds }
process.stdout.write(
  values.json
    ? `${JSON.stringify(line)}\n`
    : `kills ${line.kills}, acknowledged ${line.acknowledged}, violations ${line.violations}, ${seconds} s\n`,
)
process.exitCode = sums.violations > 0 ? 1 : 0
