/**
 * `node test/hostile/frames.ts [--frames N] [--seed S] [--json]`: malformed, oversized, truncated, reordered,
 * replayed and hostile frames over the real sockets of a real kernel, while a well-behaved agent is served.
 * The last line counts; exit 1 when anything happened without authority, the kernel stopped, its memory or its
 * ledger grew without bound, or the well-behaved agent went without an answer.
 */
import { parseArgs } from 'node:util'
import type { FramesReport } from './frames/campaign.ts'
import { runFrames } from './frames/campaign.ts'

const violationsShown = 20

function lastLine(report: FramesReport): string {
  const { frames, effects, effectsWithoutAuthority, kernelCrashes, violations } = report
  return [
    `frames ${frames}`,
    `effects ${effects}`,
    `questions ${report.questions}, answered ${report.questionsAnswered}`,
    `effects without authority ${effectsWithoutAuthority}`,
    `kernel crashes ${kernelCrashes}`,
    `served ${report.bystanderCalls}, slowest ${report.slowestMs} ms`,
    `memory ${report.firstMiB} to ${report.lastMiB} MiB, peak ${report.peakMiB}`,
    `events ${report.events}`,
    `${report.seconds} s`,
    `violations ${violations.length}`,
  ].join(', ')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const [frames, seed] = [Number(values.frames), Number(values.seed)]
  if (!Number.isSafeInteger(frames) || frames < 1 || !Number.isSafeInteger(seed)) {
    process.stderr.write('frames: --frames and --seed must be integers\n')
    process.exit(2)
  }
  const report = await runFrames({ frames, seed })
  for (const violation of report.violations.slice(0, violationsShown)) process.stderr.write(`${violation}\n`)
  process.stdout.write(`${values.json ? JSON.stringify(report) : lastLine(report)}\n`)
  process.exitCode = report.violations.length > 0 ? 1 : 0
}

await main()
