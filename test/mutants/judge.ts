/**
 * Judging: first every judging test runs once without a mutant and says which ones it meets; then each mutant of
 * the sample is switched on and the tests that meet it run, those nearest to it first, until one fails. A mutant that
 * nothing fails for survived, and so did one that no test meets.
 */
import { dirname } from 'node:path'
import type { JudgingFile, JudgingTest } from './judging-message.ts'
import type { Judging } from './judging-pool.ts'
import { startJudging } from './judging-pool.ts'
import type { Mutant } from './sample.ts'

/** Every judging test, and which mutants are met while files are loaded. */
export interface Bench {
  readonly tests: readonly JudgingTest[]
  readonly atLoad: ReadonlySet<string>
  /** What failed without a mutant and judges nothing. */
  readonly failed: readonly string[]
}

/** What became of one mutant. */
export interface Judged {
  readonly mutant: Mutant
  readonly fate: 'killed' | 'timed-out' | 'survived' | 'unmet'
  /** The test that killed it, or ''. */
  readonly by: string
}

/** Tests that take longer come after all that are quicker, however near they are, and only in a clean process. */
const slowMs = 100

/** How many times the usual limit a test may take in a clean process. */
const patience = 5

/** Runs every judging file without a mutant, each part of them in a process of its own. */
export async function readBench(root: string, files: readonly string[], jobs: number): Promise<Bench> {
  const parts = Array.from({ length: jobs }, (_, job) => files.filter((_file, at) => at % jobs === job))
  const read = await Promise.all(parts.map((part) => readPart(root, part)))
  const all = read.flat()
  return {
    tests: all.flatMap(({ tests }) => tests),
    atLoad: new Set(all.flatMap(({ meetsAtLoad }) => meetsAtLoad)),
    failed: all.flatMap(({ file, failed }) => failed.map((what) => `${file}: ${what}`)),
  }
}

async function readPart(root: string, files: readonly string[]): Promise<readonly JudgingFile[]> {
  const read: JudgingFile[] = []
  let judging = startJudging(root, { isNoting: true })
  for (const file of files) {
    if (!judging.isUsable()) judging = startJudging(root, { isNoting: true })
    const one = await judging.read(file)
    read.push(one ?? { file, meetsAtLoad: [], tests: [], failed: ['it ended the process'] })
  }
  judging.end()
  return read
}

/** One judge: keeps a process warm from mutant to mutant. */
export interface Judge {
  judge(mutant: Mutant): Promise<Judged>
  end(): void
}

/** A judge over the tests of a bench, in the instrumented tree at `root`. */
export function makeJudge(root: string, bench: Bench): Judge {
  let warm: Judging | null = null
  return {
    end: () => warm?.end(),
    async judge(mutant) {
      const isStatic = bench.atLoad.has(mutant.id)
      const met = bench.tests.filter(({ meets }) => isStatic || meets.includes(mutant.id))
      if (met.length === 0) return { mutant, fate: 'unmet', by: '' }
      const tests = nearestFirst(met, mutant)
      const quick = tests.filter(({ takesMs }) => takesMs <= slowMs)
      if (!isStatic && quick.length > 0) {
        if (warm?.isUsable() !== true) warm = startJudging(root)
        const verdict = await warm.judge(mutant.id, quick)
        if (verdict.isSpoiled) warm.end()
        else if (verdict.fate === 'killed') return judgedOf(mutant, verdict.by, verdict.fate)
      }
      // What the quick tests let live, what they took too long for, and what another mutant may have helped to kill is
      // judged by a clean process, with patience: on a machine that is busy a test may be slow by itself.
      const clean = startJudging(root, { mutant: mutant.id })
      const verdict = await clean.judge(mutant.id, tests, patience)
      clean.end()
      return judgedOf(mutant, verdict.by, verdict.fate)
    },
  }
}

function judgedOf(mutant: Mutant, by: JudgingTest | null, fate: Judged['fate']): Judged {
  return { mutant, fate, by: by === null ? '' : `${by.file}: ${by.name}` }
}

function nearestFirst(tests: readonly JudgingTest[], { file }: Mutant): readonly JudgingTest[] {
  const beside = `${file.slice(0, -'.ts'.length)}.test.ts`
  const rankOf = (test: JudgingTest): number =>
    test.takesMs > slowMs ? 3 : test.file === beside ? 0 : dirname(test.file) === dirname(file) ? 1 : 2
  return tests.toSorted((left, right) => rankOf(left) - rankOf(right) || left.takesMs - right.takesMs)
}
