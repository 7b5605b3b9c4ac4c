/** By what domains share the processor on this machine, in words: what `custos domain list` and `custos doctor` say. */
import type { HomePaths } from './home.ts'
import { textOf } from './kernel-client.ts'
import { askSupervisor } from './supervisor-client.ts'

/** A sentence without its end; null when no supervisor says it. */
export async function shareWords(paths: HomePaths): Promise<string | null> {
  const answer = await askSupervisor(paths, { op: 'status' }).catch(() => null)
  if (answer === null) return null
  const means = textOf(answer.header, 'shares')
  return means === 'niceness'
    ? 'domains share the processor by niceness only, process by process; weights above 100 need privilege'
    : `domains share the processor by weight, in control groups (${means})`
}
