/** The same seeds leave the same traces under another Node, where there is one at hand. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { firstDifference, reportUnder } from './compare-nodes.ts'

const oldest = 24
const root = new URL('../../', import.meta.url).pathname

/** Another major version that runs TypeScript as it is: named, installed beside this one, or found on the path. */
function otherNode(): string | null {
  const named = process.env['CUSTOS_OTHER_NODE']
  const beside = join(root, 'node_modules', 'node-24', 'bin', 'node')
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const own = majorOf(process.version)
  const isOther = (path: string): boolean => {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 })
    const major = majorOf(stdout ?? '')
    return major >= oldest && major !== own
  }
  if (named !== undefined) return named
  return [beside, ...new Set(onPath)].filter((path) => existsSync(path)).find(isOther) ?? null
}

function majorOf(version: string): number {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
}

const other = otherNode()
const skip =
  other === null ? 'NO SECOND NODE: set CUSTOS_OTHER_NODE to a Node 24 to compare traces with' : false

test('the same seeds leave the same traces under another Node', { skip }, async () => {
  const comparison = { seeds: 100, start: 0 }
  const [one, two] = await Promise.all([
    reportUnder({ ...comparison, node: process.execPath }),
    reportUnder({ ...comparison, node: other ?? '' }),
  ])
  assert.notEqual(one.node, two.node)
  assert.equal(firstDifference(one, two), null)
  assert.equal(one.hash, two.hash)
  assert.equal(one.seeds, 100)
})
