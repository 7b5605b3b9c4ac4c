/**
 * `npm run mutants`: changes the kernel in one small place at a time and sees whether a test notices. A share of
 * killed mutants says how much the tests would miss. `--seed S --count N` draws a sample; `--file PART` judges only
 * files whose path contains it, and `--judges PART` lets only such tests judge; `--jobs J` has that many processes
 * judge at once; `--report FILE` writes what became of each; `--list` lists and judges nothing.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { argumentFor, argumentsAboutNothing } from './argued.ts'
import { instrumentedTree } from './instrumented-tree.ts'
import type { Bench, Judged } from './judge.ts'
import { makeJudge, readBench } from './judge.ts'
import type { Mutant } from './sample.ts'
import { sampleOf } from './sample.ts'
import { judgingFiles } from './targets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The bar: this share of what a test could notice must be killed, and every survivor argued. */
const bar = 0.95

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '300' },
    file: { type: 'string', default: '' },
    judges: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    report: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

function show({ file, line, column, mutator, original, replacement }: Mutant): string {
  const short = (text: string): string => {
    const flat = text.replaceAll(/\s+/gu, ' ')
    return flat.length > 100 ? `${flat.slice(0, 100)}…` : flat
  }
  return `${file}:${line}:${column} ${mutator}: ${short(original)} → ${short(replacement)}`
}

async function judgeAll(tree: string, bench: Bench, sample: readonly Mutant[]): Promise<readonly Judged[]> {
  const judged: Judged[] = []
  const rest = [...sample]
  const work = async (): Promise<void> => {
    const judge = makeJudge(tree, bench)
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const result = await judge.judge(next)
      judged.push(result)
      if (result.fate === 'survived' || result.fate === 'unmet')
        console.log(`  ${result.fate}: ${show(next)}`)
      if (judged.length % 25 === 0) console.log(`  ${judged.length} of ${sample.length} judged`)
    }
    judge.end()
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return judged
}

function report(judged: readonly Judged[], seed: number): number {
  const survivors = judged.filter(({ fate }) => fate === 'survived' || fate === 'unmet')
  const open = survivors.filter(({ mutant }) => argumentFor(mutant) === null)
  for (const { mutant, fate } of survivors) {
    const argument = argumentFor(mutant)
    console.log(`${argument === null ? '✗' : '·'} ${fate}: ${show(mutant)}`)
    if (argument !== null) console.log(`    argued, ${argument.kind}: ${argument.why}`)
  }
  const count = (fate: Judged['fate']): number => judged.filter((one) => one.fate === fate).length
  const killed = judged.length - survivors.length
  // What no test can notice says nothing about the tests.
  const noticeable = judged.length - survivors.filter(({ mutant }) => isUnnoticeable(mutant)).length
  const share = noticeable === 0 ? 0 : killed / noticeable
  console.log(
    `\nseed ${seed}: ${judged.length} mutants, ${killed} killed (${count('timed-out')} of them by time), ` +
      `${count('survived')} survived, ${count('unmet')} met no test; ${survivors.length - open.length} argued, ` +
      `${open.length} not\n${percent(killed, judged.length)} of all killed, ` +
      `${percent(killed, noticeable)} of those that a test could notice`,
  )
  return share >= bar && open.length === 0 ? 0 : 1
}

function isUnnoticeable(mutant: Mutant): boolean {
  const kind = argumentFor(mutant)?.kind
  return kind === 'same' || kind === 'unreachable'
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? '0.0' : ((100 * part) / whole).toFixed(1)} %`
}

const [seed, jobs] = [Number(values.seed), Number(values.jobs)]
const tree = await instrumentedTree(root)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    tree.remove()
    process.exit(1)
  })
try {
  const candidates = tree.mutants.filter(({ file }) => file.includes(values.file))
  const sample = sampleOf(candidates, seed, Number(values.count))
  const left = [...tree.ignored].map(([reason, places]) => `${places} ${reason}`).join(', ')
  console.log(`${sample.length} of ${candidates.length} mutants; left alone: ${left}`)
  for (const claim of argumentsAboutNothing(tree.mutants))
    console.log(`! argued, and there is no such mutant: ${claim}`)
  if (values.list) for (const mutant of sample) console.log(show(mutant))
  else {
    const startedAt = performance.now()
    const files = judgingFiles(root).filter((file) => file.includes(values.judges))
    const bench = await readBench(tree.root, files, jobs)
    for (const what of bench.failed) console.log(`! fails without a mutant and judges nothing: ${what}`)
    const readMs = performance.now() - startedAt
    const judged = await judgeAll(tree.root, bench, sample)
    const eachMs = (performance.now() - startedAt - readMs) / Math.max(1, sample.length)
    console.log(
      `${bench.tests.length} tests, read in ${(readMs / 1000).toFixed(0)} s; ${(eachMs / 1000).toFixed(2)} s a mutant`,
    )
    if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(judged, null, 2)}\n`)
    process.exitCode = report(judged, seed)
  }
} finally {
  tree.remove()
}
