/**
 * `custos ps`: the processes that the supervisor keeps, what holds each of them, what they use now and how much
 * they may use at most. Use is summed over the whole tree; pages that several processes share count with each.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { driverLimits } from '../../driver/driver-boundary.ts'
import { parseProgram } from '../../kernel/sovereign/parse-manifest.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import type { Command, Context } from '../command.ts'
import { showDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import { listOf, numberOf, textOf, tryKernel } from '../kernel-client.ts'
import { table } from '../output.ts'
import { listProcesses, showProcesses } from '../process-table.ts'
import { askSupervisor } from '../supervisor-client.ts'

const headings = [
  'UNIT',
  'FOR',
  'PID',
  'STATE',
  '',
  'SINCE',
  'HELD BY',
  'MEMORY',
  'CPU',
  'PROCESSES',
] as const
const mebibyte = 1_048_576

/** Shows the OS processes. */
export const psCommand: Command = {
  name: 'ps',
  synopsis: '',
  summary: 'show the processes, what holds them, what they use and may use',
  details: [
    'HELD BY is the rung of the ladder for programs inside a boundary, else how the unit is contained.',
    'MEMORY and PROCESSES are what is used now of what may be used; both count the whole tree.',
    'Below stand the processes that the kernel knows: see custos process list.',
  ],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { drivers, processes } = await knownToKernel(context)
    const units = (await listUnits(context)).map((unit) => withStanding(withLimits(unit, drivers), processes))
    const standing = processes.length === 0 ? [] : ['', ...showProcesses(processes)]
    context.out.result(units, [...table([[...headings], ...units.map(row)]), ...standing])
    for (const line of drivers.flatMap(quarantine)) context.out.note(line)
    return exitCodes.done
  },
}

/** The supervisor's units. */
export async function listUnits({ paths }: Pick<Context, 'paths'>): Promise<readonly JsonObject[]> {
  return listOf((await askSupervisor(paths, { op: 'status' })).body)
}

/** What stands in the kernel and not with the supervisor. */
interface Known {
  readonly drivers: readonly JsonObject[]
  readonly processes: readonly JsonObject[]
}

/** Nothing while the kernel does not serve. */
async function knownToKernel({ paths }: Context): Promise<Known> {
  const kernel = await tryKernel(paths)
  if (!kernel.ok) return { drivers: [], processes: [] }
  try {
    return {
      drivers: listOf(await kernel.value.query('drivers')),
      processes: await listProcesses(kernel.value),
    }
  } finally {
    kernel.value.close()
  }
}

/** A driver's limits stand in its manifest, which the kernel knows and the supervisor has no use for. */
function withLimits(unit: JsonObject, drivers: readonly JsonObject[]): JsonObject {
  if (!isOfMain(unit)) return unit
  const driver = drivers.find((known) => textOf(known, 'name') === textOf(unit, 'driver'))
  const program = parseProgram(driver?.['program'] ?? null)
  if (!program.ok || program.value.protocol !== 'mcp-stdio') return unit
  return { ...unit, limits: { ...driverLimits(program.value) } }
}

/** The state, weight and priority of the process that a program or a run acts as. */
function withStanding(unit: JsonObject, processes: readonly JsonObject[]): JsonObject {
  if (!isOfMain(unit)) return unit
  const agent = textOf(unit, 'agent')
  const own = processes.find((known) => {
    if (typeof unit['process'] === 'number') return known['process'] === unit['process']
    return agent !== '' && textOf(known, 'name') === agent && numberOf(known, 'parent') === 0
  })
  if (own === undefined) return unit
  const { state = '', weight = 0, priority = 0 } = own
  return { ...unit, standing: { state, weight, priority } }
}

/** What other domains call the same is another thing; what is asked here is the kernel of `main`. */
function isOfMain(unit: JsonObject): boolean {
  return textOf(unit, 'domain') === mainDomain
}

function row(unit: JsonObject): readonly string[] {
  const usage = memberOf(unit, 'usage')
  const limits = memberOf(unit, 'limits')
  const share = (used: string, most: unknown, unitOf: string): string =>
    typeof most === 'number' ? `${used} of ${most}${unitOf}` : `${used}${unitOf}`
  return [
    visible(textOf(unit, 'unit')),
    visible(textOf(unit, 'driver') || textOf(unit, 'agent') || '-'),
    unit['pid'] === null ? '-' : String(numberOf(unit, 'pid')),
    visible(textOf(unit, 'state')),
    `${numberOf(unit, 'restarts')} restarts`,
    sinceOf(unit),
    visible(textOf(unit, 'rung') || textOf(unit, 'containment')),
    share(String(Math.round(numberOf(usage, 'memoryBytes') / mebibyte)), limits['memoryMiB'], ' MiB'),
    `${(numberOf(usage, 'cpuMicros') / 1_000_000).toFixed(1)} s`,
    share(String(numberOf(usage, 'processes')), limits['processes'], ''),
  ]
}

function memberOf(unit: JsonObject, name: string): JsonObject {
  const value = unit[name] ?? null
  return isJsonObject(value) ? value : {}
}

/** A line for a driver with selectors in quarantine. */
function quarantine(driver: JsonObject): readonly string[] {
  const count = Array.isArray(driver['quarantined']) ? driver['quarantined'].length : 0
  const name = visible(textOf(driver, 'name'))
  return count === 0 ? [] : [`driver ${name}: ${count} selectors are quarantined: custos driver diff ${name}`]
}

function sinceOf(unit: JsonObject): string {
  const since = numberOf(unit, 'since')
  return since === 0 ? '-' : showDuration(Math.max(0, Math.round((Date.now() - since) / 1000)) * 1000)
}
