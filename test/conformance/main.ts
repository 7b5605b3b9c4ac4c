/**
 * `npm run conformance`: the official MCP conformance suite against a server of ours, directly and through
 * Custos, and against our own leg towards servers. `npm run conformance -- PART… [--scenario TEXT]` runs some of
 * it; the parts are baseline, governed, refusals, tasks and client. The last line is `N passed, N failed`, where
 * each scenario counts once.
 */
import { parseArgs } from 'node:util'
import { parts } from './parts.ts'
import type { Verdict } from './verdict.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scenario: { type: 'string', default: '' } },
})
const unknown = positionals.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

let passed = 0
let failed = 0

function tell({ name, passed: checks, problems, notes }: Verdict): void {
  if (problems.length === 0) passed += 1
  else failed += 1
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}  ${checks} ${checks === 1 ? 'check' : 'checks'}`,
  )
  for (const problem of problems) console.log(`       ${problem}`)
  for (const note of notes) console.log(`       (${note})`)
}

for (const name of positionals.length === 0 ? Object.keys(parts) : positionals) {
  const startedAt = Date.now()
  console.log(`\n── ${name}`)
  try {
    await parts[name]?.({ filter: values.scenario, tell })
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    tell({ name, passed: 0, problems: [why], notes: [] })
  }
  console.log(`   ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
}
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
