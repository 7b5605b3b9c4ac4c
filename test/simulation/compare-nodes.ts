/**
 * The same seeds under this Node and under another one, side by side, range by range: what the system does follows
 * from the seed, and not from the machine that happens to run it.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { CampaignReport } from './campaign.ts'

/** What is compared: `node` is the path of the other executable. */
export interface Comparison {
  readonly node: string
  readonly seeds: number
  readonly start: number
}

/** What one Node says of a campaign. */
export type NodeReport = Pick<CampaignReport, 'seeds' | 'faults' | 'ranges'> & {
  readonly node: string
  readonly violations: number
  readonly hash: string
}

const main = new URL('main.ts', import.meta.url).pathname

/** Runs a campaign under a Node, in one thread of its own process. */
export async function reportUnder({ node, seeds, start }: Comparison): Promise<NodeReport> {
  const args = [main, '--json', '--workers', '1', '--seeds', String(seeds), '--start', String(start)]
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const text = Buffer.concat(chunks).toString().trim()
  if (text === '') throw new Error(`${node} ran no campaign and ended with ${code}`)
  return JSON.parse(text) as NodeReport
}

/** The first range that is not the same, or null. */
export function firstDifference(one: NodeReport, other: NodeReport): number | null {
  const at = one.ranges.findIndex((range, index) => range.hash !== other.ranges[index]?.hash)
  return at === -1 ? null : (one.ranges[at]?.first ?? null)
}

/** Runs both, tells what came of it, and returns what the process should exit with. */
export async function compareNodes(comparison: Comparison): Promise<number> {
  if (!existsSync(comparison.node)) {
    process.stderr.write(`simulate: there is no ${comparison.node}\n`)
    return 2
  }
  const reports = await Promise.all([
    reportUnder({ ...comparison, node: process.execPath }),
    reportUnder(comparison),
  ])
  const [one, other] = reports
  for (const { node, hash, seeds, faults, violations } of reports)
    process.stdout.write(
      `${node}: traces ${hash}, seeds ${seeds}, faults ${faults}, violations ${violations}\n`,
    )
  if (one.node === other.node) process.stderr.write(`simulate: both are Node ${one.node}\n`)
  const first = firstDifference(one, other)
  if (first !== null) process.stderr.write(`the traces differ in the range that begins at seed ${first}\n`)
  return first === null && one.violations + other.violations === 0 ? 0 : 1
}
