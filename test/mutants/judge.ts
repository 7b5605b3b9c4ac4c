/**
 * Judging: first every judging test runs once without a mutant and says which ones it meets; then each mutant of
 * the sample is switched on and the tests that meet it run, the quickest first, until one fails. A mutant that
 * nothing fails for survived, and so did one that no test meets.
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './sample.ts'

/** One judging test, and what it does without a mutant. */
export interface Judge {
  readonly file: string
  readonly takesMs: number
  readonly meets: ReadonlySet<string>
}

/** What became of one mutant. */
export interface Judged {
  readonly mutant: Mutant
  readonly fate: 'killed' | 'timed-out' | 'survived' | 'unmet'
  /** The test that killed it, or ''. */
  readonly by: string
}

/** Slowness by itself kills nothing: a test has this long, and ten times what it takes, before it counts as stuck. */
const leastLimitMs = 30_000
const limitFactor = 10

/** Runs one judging test without a mutant. Null when it fails by itself, and so can judge nothing. */
export async function readJudge(root: string, file: string): Promise<Judge | null> {
  const coverage = join(root, `${file.replaceAll('/', '-')}.met.json`)
  const startedAt = performance.now()
  const ran = await runTest(root, file, { CUSTOS_MUTANT_COVERAGE: coverage }, 10 * 60_000)
  if (ran !== 'passed') return null
  const takesMs = performance.now() - startedAt
  const met = JSON.parse(readFileSync(coverage, 'utf8')) as readonly string[]
  rmSync(coverage)
  return { file, takesMs, meets: new Set(met) }
}

/** Switches one mutant on and lets the tests that meet it judge. */
export async function judge(root: string, mutant: Mutant, judges: readonly Judge[]): Promise<Judged> {
  const meeting = judges
    .filter(({ meets }) => meets.has(mutant.id))
    .toSorted((left, right) => left.takesMs - right.takesMs)
  if (meeting.length === 0) return { mutant, fate: 'unmet', by: '' }
  for (const { file, takesMs } of meeting) {
    const limitMs = Math.max(leastLimitMs, limitFactor * takesMs)
    const ran = await runTest(root, file, { __STRYKER_ACTIVE_MUTANT__: mutant.id }, limitMs)
    if (ran !== 'passed') return { mutant, fate: ran === 'stuck' ? 'timed-out' : 'killed', by: file }
  }
  return { mutant, fate: 'survived', by: '' }
}

function runTest(
  root: string,
  file: string,
  env: NodeJS.ProcessEnv,
  limitMs: number,
): Promise<'passed' | 'failed' | 'stuck'> {
  const hook = new URL('coverage-hook.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--import', hook, file], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  return new Promise((resolve, reject) => {
    let stuck = false
    const timer = setTimeout(() => {
      stuck = true
      child.kill('SIGKILL')
    }, limitMs)
    child.once('error', reject)
    child.once('close', (status) => {
      clearTimeout(timer)
      resolve(stuck ? 'stuck' : status === 0 ? 'passed' : 'failed')
    })
  })
}
