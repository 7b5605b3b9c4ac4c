/** The processes that the kernel knows, for people: what `custos ps` and `custos process list` show. */
import type { JsonObject } from '../base/json.ts'
import { adviceIn } from './domain-advice.ts'
import { visible } from './escape.ts'
import type { KernelClient } from './kernel-client.ts'
import { listOf, numberOf, textOf } from './kernel-client.ts'
import { table } from './output.ts'

/** All processes that the kernel knows. */
export async function listProcesses(kernel: KernelClient): Promise<readonly JsonObject[]> {
  return listOf(await kernel.query('processes'))
}

/** Processes of a domain as a table. */
export function showProcesses(processes: readonly JsonObject[], domain: string): readonly string[] {
  if (processes.length === 0) return [adviceIn(domain, 'There are no processes yet: custos agent add NAME')]
  const rows = processes.map((entry) => [
    String(numberOf(entry, 'process')),
    visible(textOf(entry, 'name')),
    numberOf(entry, 'parent') === 0 ? '-' : String(numberOf(entry, 'parent')),
    textOf(entry, 'state'),
    String(numberOf(entry, 'weight')),
    String(numberOf(entry, 'priority')),
    `${numberOf(entry, 'inFlight')} in flight`,
    `${numberOf(entry, 'held')} held`,
    `${numberOf(entry, 'timers')} timers`,
  ])
  return table([['PROCESS', 'NAME', 'PARENT', 'STATE', 'WEIGHT', 'PRIORITY', '', '', ''], ...rows])
}
