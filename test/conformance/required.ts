/** Which scenarios a revision requires, as the suite's authors froze them. */
import { readFileSync } from 'node:fs'
import { serverFile } from '../harness/real-servers.ts'
import type { Requirements } from './suite.ts'

/** Names of the required scenarios of one side, in the order of the suite's own list. */
export function requiredScenarios(requirements: Requirements, side: 'server' | 'client'): readonly string[] {
  const text = readFileSync(
    serverFile('@modelcontextprotocol/conformance', `requirements/${requirements}.yaml`),
    'utf8',
  )
  const lines = text.split('\n')
  const start = lines.indexOf(`${side}:`) + 1
  const end = lines.findIndex((line, at) => at >= start && !/^ {2}- /u.test(line))
  const names = lines.slice(start, end).map((line) => line.slice(4).trim())
  if (start === 0 || names.length === 0)
    throw new Error(`the suite lists no ${side} scenarios for ${requirements}`)
  return names
}
