/**
 * `custos status` and `custos ps`: what the kernel knows, and which OS processes the supervisor keeps.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { gatewayUrl } from '../client-config/connection.ts'
import type { Command, Context } from '../command.ts'
import { showDuration, showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import { connectKernel, listOf, numberOf, textOf, tryKernel } from '../kernel-client.ts'
import { table } from '../output.ts'
import { askSupervisor } from '../supervisor-client.ts'

/** Shows how things stand. */
export const statusCommand: Command = {
  name: 'status',
  synopsis: '',
  summary: 'show whether it runs, halted or not, and what waits',
  details: ['Exit code 3 when nothing runs in this home.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  async run({ paths, out }) {
    const kernel = await connectKernel(paths)
    try {
      const status = await kernel.query('status')
      const waiting = listOf(await kernel.query('approvals')).length
      const lines = isJsonObject(status) ? showStatus(status) : []
      // A halt ended the gateway; the file with its address outlives it.
      const isHalted = isJsonObject(status) && status['halted'] !== null
      const gateway = isHalted ? null : gatewayUrl(paths)
      out.result({ home: paths.home, gateway, kernel: status, approvals: waiting }, [
        `home           ${paths.home}`,
        ...lines,
        ...(gateway === null ? [] : [`MCP gateway    ${visible(gateway)}`]),
        `approvals      ${waiting === 0 ? 'none wait' : `${waiting} wait: custos approvals`}`,
      ])
    } finally {
      kernel.close()
    }
    return exitCodes.done
  },
}

function showStatus(status: JsonObject): readonly string[] {
  return Object.entries(status).map(
    ([name, value]) => `${visible(name).padEnd(14)} ${showValue(name, value)}`,
  )
}

function showValue(name: string, value: Json): string {
  if (name === 'halted')
    return value === null || value === false ? 'no' : `HALTED ${showPlain(value)}; custos resume ends it`
  return name === 'at' && typeof value === 'number' ? showInstant(value) : showPlain(value)
}

function showPlain(value: Json): string {
  if (isJsonObject(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${visible(name)} ${showPlain(inner)}`)
      .join(', ')
  }
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Shows the OS processes. */
export const psCommand: Command = {
  name: 'ps',
  synopsis: '',
  summary: 'show the processes that the supervisor keeps, and how they are contained',
  details: [],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const units = await listUnits(context)
    const rows = units.map((unit) => [
      visible(textOf(unit, 'unit')),
      visible(textOf(unit, 'driver') || textOf(unit, 'agent') || '-'),
      unit['pid'] === null ? '-' : String(numberOf(unit, 'pid')),
      visible(textOf(unit, 'state')),
      `${numberOf(unit, 'restarts')} restarts`,
      sinceOf(unit),
      visible(textOf(unit, 'containment')),
    ])
    context.out.result(units, table([['UNIT', 'FOR', 'PID', 'STATE', '', 'SINCE', 'CONTAINMENT'], ...rows]))
    for (const line of await quarantines(context)) context.out.note(line)
    return exitCodes.done
  },
}

/** A line for every driver with selectors in quarantine; nothing while the kernel does not serve. */
async function quarantines({ paths }: Context): Promise<readonly string[]> {
  const kernel = await tryKernel(paths)
  if (!kernel.ok) return []
  try {
    return listOf(await kernel.value.query('drivers')).flatMap((driver) => {
      const count = Array.isArray(driver['quarantined']) ? driver['quarantined'].length : 0
      const name = visible(textOf(driver, 'name'))
      return count === 0
        ? []
        : [`driver ${name}: ${count} selectors are quarantined: custos driver diff ${name}`]
    })
  } finally {
    kernel.value.close()
  }
}

/** The supervisor's units. */
export async function listUnits({ paths }: Pick<Context, 'paths'>): Promise<readonly JsonObject[]> {
  return listOf((await askSupervisor(paths, { op: 'status' })).body)
}

function sinceOf(unit: JsonObject): string {
  const since = numberOf(unit, 'since')
  return since === 0 ? '-' : showDuration(Math.max(0, Math.round((Date.now() - since) / 1000)) * 1000)
}
