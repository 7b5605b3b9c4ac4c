/**
 * Rot: every single bit of a segment, its checkpoints and its head record, and thousands of chunks that were
 * copied elsewhere, put back as they once were, cut off or exchanged.
 */
import { Random } from '../simulation/world/random.ts'
import { judgeRot } from './judge.ts'
import type { Files, Sample } from './sample.ts'
import { copyOf } from './sample.ts'

/** What a campaign came to. */
export interface RotReport {
  readonly cases: number
  /** Where opening refused; everywhere else it put right what it found. */
  readonly refused: number
  readonly violations: readonly string[]
}

const shownViolations = 50

/** Flips bits one after another: those of `file` from bit `from` on, every `step`-th, to `until`. */
export async function flipBits(
  sample: Sample,
  where: 'main' | 'head',
  file: string,
  { from = 0, step = 1, until = Infinity }: { from?: number; step?: number; until?: number } = {},
): Promise<RotReport> {
  const bits = Math.min(until, (sample[where].get(file)?.length ?? 0) * 8)
  const report = { cases: 0, refused: 0, violations: [] as string[] }
  for (let bit = from; bit < bits; bit += step) {
    const main = copyOf(sample.main)
    const head = copyOf(sample.head)
    const bytes = (where === 'main' ? main : head).get(file)
    if (bytes === undefined) break
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    // oxlint-disable-next-line no-await-in-loop -- one case after another
    await judgeInto(report, sample, main, head, `${file} bit ${bit}`)
  }
  return report
}

/** Does `count` larger things, drawn from `seed`, to a sealed sample. */
export async function shuffleChunks(sample: Sample, seed: number, count: number): Promise<RotReport> {
  const report = { cases: 0, refused: 0, violations: [] as string[] }
  for (let number = 0; report.cases < count; number++) {
    const random = new Random(seed + number, 'rot')
    const main = copyOf(sample.main)
    const what = mishap(random, sample, main)
    if (isSame(sample.main, main)) continue
    // oxlint-disable-next-line no-await-in-loop -- one case after another
    await judgeInto(report, sample, main, copyOf(sample.head), `seed ${seed + number}, ${what}`)
  }
  return report
}

/** True when nothing changed; a prepared segment that holds nothing may be gone. */
function isSame(before: Files, now: Files): boolean {
  return [...before].every(([name, bytes]) => {
    const left = now.get(name)
    return left === undefined ? bytes.every((byte) => byte === 0) : Buffer.from(bytes).equals(left)
  })
}

async function judgeInto(
  report: { cases: number; refused: number; violations: string[] },
  sample: Sample,
  main: Files,
  head: Files,
  where: string,
): Promise<void> {
  const { violations, isRefused } = await judgeRot(sample, main, head)
  report.cases += 1
  if (isRefused) report.refused += 1
  if (report.violations.length < shownViolations)
    report.violations.push(...violations.map((why) => `${where}: ${why}`))
}

const mishaps = {
  copy: 4,
  restore: 4,
  zero: 2,
  truncate: 2,
  lengthen: 1,
  swap: 2,
  exchange: 2,
  rollBack: 2,
  lose: 1,
}

/** Changes `files` in one way, and says which. */
function mishap(random: Random, sample: Sample, files: Files): string {
  const names = [...files.keys()].sort()
  const name = random.pick(names)
  const bytes = files.get(name) ?? new Uint8Array()
  const kind = random.weighted(mishaps)
  const length = random.below(4096) + 1
  const at = random.below(bytes.length)
  const other = random.pick(names)
  switch (kind) {
    case 'copy': {
      const source = files.get(other) ?? bytes
      const from = random.below(source.length)
      bytes.set(source.slice(from, from + Math.min(length, bytes.length - at)), at)
      break
    }
    case 'restore': {
      const old = random.pick(sample.stages).get(name)
      if (old !== undefined) bytes.set(old.subarray(at, Math.min(bytes.length, at + length)), at)
      break
    }
    case 'zero':
      bytes.fill(0, at, at + length)
      break
    case 'truncate':
      files.set(name, bytes.slice(0, at))
      break
    case 'lengthen':
      files.set(name, new Uint8Array([...bytes, ...new Uint8Array(length)]))
      break
    case 'swap': {
      const to = random.below(bytes.length)
      const first = bytes.slice(at, at + 512)
      const second = bytes.slice(to, to + 512)
      bytes.set(second.subarray(0, Math.min(second.length, bytes.length - at)), at)
      bytes.set(first.subarray(0, Math.min(first.length, bytes.length - to)), to)
      break
    }
    case 'exchange':
      files.set(name, files.get(other) ?? bytes)
      files.set(other, bytes)
      break
    case 'rollBack': {
      const stage = random.pick(sample.stages)
      for (const [old, content] of stage) files.set(old, content.slice())
      break
    }
    case 'lose':
      files.delete(name)
      break
  }
  return `${kind} in ${name}`
}
