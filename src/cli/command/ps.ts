/**
 * `custos ps`: the processes that the supervisor keeps, what holds each of them, what they use now and how much
 * they may use at most. Use is summed over the whole tree; pages that several processes share count with each.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { driverLimits } from '../../driver/driver-boundary.ts'
import { parseProgram } from '../../kernel/sovereign/parse-manifest.ts'
import { mainDomain, sovereignDomain } from '../../wire/socket-folder.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { showDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { inDomain } from '../home.ts'
import { listOf, numberOf, textOf, tryKernel } from '../kernel-client.ts'
import { table } from '../output.ts'
import { listProcesses, showProcesses } from '../process-table.ts'
import { askSupervisor } from '../supervisor-client.ts'
import { withKernel } from './with-kernel.ts'

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
  synopsis: '[--domain NAME]',
  summary: 'show the processes, what holds them, what they use and may use',
  details: [
    'HELD BY is the rung of the ladder for programs inside a boundary, else how the unit is contained.',
    'MEMORY and PROCESSES are what is used now of what may be used; both count the whole tree.',
    'Below stand the processes that the kernels know, domain by domain: see custos process list.',
  ],
  flags: [{ name: 'domain', value: 'NAME', about: 'only what is of this domain (default: of all)' }],
  isHomeWide: true,
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    if (context.past !== undefined) return psThen(context)
    const only = valueOf(context.args, 'domain')
    const all = await listUnits(context)
    const units = only === null ? all : all.filter((unit) => textOf(unit, 'domain') === only)
    if (units.length === 0 && only !== null)
      throw usageFailure(`no domain ${visible(only)} runs here`, 'see: custos domain list')
    const known = await knownToKernels(context, units)
    const shown = units.map((unit) => withKnown(unit, known.get(textOf(unit, 'domain'))))
    context.out.result(shown, [...table([[...headings], ...shown.map(row)]), ...[...known].flatMap(standing)])
    for (const [domain, { drivers }] of known)
      for (const line of drivers.flatMap(quarantine)) context.out.note(adviceIn(domain, line))
    return exitCodes.done
  },
}

/** The processes that the kernel knew: what the supervisor ran then nobody recorded. */
function psThen(context: Context): Promise<number> {
  return withKernel(context, async (kernel) => {
    const processes = await listProcesses(kernel)
    context.out.result(processes, showProcesses(processes, context.paths.domainName))
  })
}

/** The supervisor's units. */
export async function listUnits({ paths }: Pick<Context, 'paths'>): Promise<readonly JsonObject[]> {
  return listOf((await askSupervisor(paths, { op: 'status' })).body)
}

/** What stands in a domain's kernel and not with the supervisor. */
interface Known {
  readonly drivers: readonly JsonObject[]
  readonly processes: readonly JsonObject[]
}

/** What each kernel knows that has units of its own and serves, `main` first. */
async function knownToKernels(
  { paths }: Context,
  units: readonly JsonObject[],
): Promise<ReadonlyMap<string, Known>> {
  const kernels = units.filter((unit) => textOf(unit, 'kind') === 'kernel')
  const names = kernels.map((unit) => textOf(unit, 'domain')).filter((name) => name !== sovereignDomain)
  const ordered = [
    ...names.filter((name) => name === mainDomain),
    ...names.filter((name) => name !== mainDomain),
  ]
  const found = await Promise.all(
    ordered.map(async (name) => [name, await knownToKernel(inDomain(paths, name))] as const),
  )
  return new Map(found.flatMap(([name, known]) => (known === null ? [] : [[name, known] as const])))
}

async function knownToKernel(paths: HomePaths): Promise<Known | null> {
  const kernel = await tryKernel(paths)
  if (!kernel.ok) return null
  try {
    return {
      drivers: listOf(await kernel.value.query('drivers')),
      processes: await listProcesses(kernel.value),
    }
  } finally {
    kernel.value.close()
  }
}

/** The processes that a domain's kernel knows; whose they are is said for every domain but `main`. */
function standing([domain, { processes }]: readonly [string, Known]): readonly string[] {
  if (processes.length === 0) return []
  const title = domain === mainDomain ? [] : [`in domain ${visible(domain)}:`]
  return ['', ...title, ...showProcesses(processes, domain)]
}

function withKnown(unit: JsonObject, known: Known | undefined): JsonObject {
  return known === undefined ? unit : withStanding(withLimits(unit, known.drivers), known.processes)
}

/** A driver's limits stand in its manifest, which the kernel knows and the supervisor has no use for. */
function withLimits(unit: JsonObject, drivers: readonly JsonObject[]): JsonObject {
  const name = textOf(unit, 'driver')
  const driver = name === '' ? undefined : drivers.find((known) => textOf(known, 'name') === name)
  const program = parseProgram(driver?.['program'] ?? null)
  if (!program.ok || program.value.protocol !== 'mcp-stdio') return unit
  return { ...unit, limits: { ...driverLimits(program.value) } }
}

/** The state, weight and priority of the process that a program or a run acts as. */
function withStanding(unit: JsonObject, processes: readonly JsonObject[]): JsonObject {
  const agent = textOf(unit, 'agent')
  const own = processes.find((known) => {
    if (typeof unit['process'] === 'number') return known['process'] === unit['process']
    return agent !== '' && textOf(known, 'name') === agent && numberOf(known, 'parent') === 0
  })
  if (own === undefined) return unit
  const { state = '', weight = 0, priority = 0 } = own
  return { ...unit, standing: { state, weight, priority } }
}

function row(unit: JsonObject): readonly string[] {
  const usage = memberOf(unit, 'usage')
  const limits = memberOf(unit, 'limits')
  const share = (used: string, most: unknown, unitOf: string): string =>
    typeof most === 'number' ? `${used} of ${most}${unitOf}` : `${used}${unitOf}`
  return [
    visible(textOf(unit, 'unit')),
    forWhom(unit),
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

/** Whom it serves or acts for, with the domain where that is not `main`. */
function forWhom(unit: JsonObject): string {
  const [name, domain] = [textOf(unit, 'driver') || textOf(unit, 'agent'), textOf(unit, 'domain')]
  if (name === '') return '-'
  return visible(domain === mainDomain ? name : `${name} in ${domain}`)
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
