/**
 * `custos status`: how things stand, as the kernel knows it.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { gatewayUrl } from '../client-config/connection.ts'
import type { Command } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { evidenceStatus, evidenceWords } from '../evidence-status.ts'
import { exitCodes } from '../exit.ts'
import { connectKernel, listOf, numberOf } from '../kernel-client.ts'
import { mirrorStatus, mirrorWords } from '../mirror-status.ts'
import { hasTables, standingOf, standingWords } from '../tables-standing.ts'
import { freeBytesAt, freeWords, roomWords } from '../status-room.ts'

/** Shows how things stand. */
export const statusCommand: Command = {
  name: 'status',
  synopsis: '',
  summary: 'show whether it runs, halted or not, and what waits',
  details: ['Exit code 3 when nothing runs in this home.'],
  flags: [],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  async run({ paths, out, past }) {
    const kernel = await (past?.connect() ?? connectKernel(paths))
    try {
      const status = await kernel.query('status')
      const waiting = listOf(await kernel.query('approvals')).length
      const free = past === undefined ? freeBytesAt(paths.ledger) : null
      const lines = isJsonObject(status) ? showStatus(status, free) : []
      // A halt ended the gateway; the file with its address outlives it.
      const isHalted = past !== undefined || (isJsonObject(status) && status['halted'] !== null)
      const gateway = isHalted ? null : gatewayUrl(paths)
      const disk = { freeBytes: free }
      // Nobody recorded when a head was signed or witnessed: what is signed now says nothing of then.
      const evidence = past === undefined ? evidenceStatus(paths) : null
      const seq = isJsonObject(status) ? numberOf(status, 'seq') : 0
      const mirror = past === undefined ? await mirrorStatus(paths) : null
      const tables = past === undefined && hasTables(paths) ? await standingOf(paths, seq) : null
      out.result(
        { home: paths.home, gateway, kernel: status, approvals: waiting, disk, evidence, mirror, tables },
        [
          `home           ${paths.home}`,
          ...lines,
          ...(free === null ? [] : [`disk           ${freeWords(free)}`]),
          ...(evidence === null ? [] : [`evidence       ${evidenceWords(evidence, seq)}`]),
          ...(mirror === null ? [] : [`mirror         ${mirrorWords(mirror)}`]),
          ...(tables === null ? [] : [`tables         ${standingWords(tables)}`]),
          ...(gateway === null ? [] : [`MCP gateway    ${visible(gateway)}`]),
          `approvals      ${waiting === 0 ? 'none wait' : adviceIn(paths.domainName, `${waiting} wait: custos approvals`)}`,
        ],
      )
    } finally {
      kernel.close()
    }
    return exitCodes.done
  },
}

function showStatus(status: JsonObject, free: number | null): readonly string[] {
  return Object.entries(status).flatMap(([name, value]) =>
    name === 'scopes'
      ? listOf(value).map((scope) => `${''.padEnd(14)} HALTED ${showPlain(scope)}`)
      : [`${visible(name).padEnd(14)} ${showValue(name, value, free)}`],
  )
}

function showValue(name: string, value: Json, free: number | null): string {
  if (name === 'halted')
    return value === null || value === false ? 'no' : `HALTED ${showPlain(value)}; custos resume ends it`
  if (name === 'drill') return showDrill(value)
  if (name === 'room' && typeof value === 'string') return visible(roomWords(value, free))
  return name === 'at' && typeof value === 'number' ? showInstant(value) : showPlain(value)
}

function showDrill(drill: Json): string {
  if (!isJsonObject(drill)) return 'never: custos drill tries out halting'
  const problems = numberOf(drill, 'problems')
  const found = problems === 0 ? 'halting worked' : `PROBLEMS: see custos why ${numberOf(drill, 'seq')}`
  return `${showInstant(numberOf(drill, 'at'))}: ${found}`
}

function showPlain(value: Json): string {
  if (isJsonObject(value)) {
    return Object.entries(value)
      .map(([name, inner]) => `${visible(name)} ${showPlain(inner)}`)
      .join(', ')
  }
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}
