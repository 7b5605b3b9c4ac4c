/** How a unit looks to people: where it stands, what holds it, and what it uses. */
import type { JsonObject } from '../base/json.ts'
import type { ProcessRow } from './process-table.ts'
import { treeUse } from './tree-use.ts'
import type { Unit, Work } from './unit.ts'
import { domainOf } from './unit.ts'

/** One unit as people see it. */
export interface UnitStatus {
  readonly unit: string
  readonly kind: string
  /** Empty for the gateway, which serves every domain. */
  readonly domain: string
  /** The driver's or the agent's name, or empty. */
  readonly agent: string
  readonly driver: string
  /** The kernel's number of a held program's process; null for other units. */
  readonly process: number | null
  readonly pid: number | null
  readonly state: string
  readonly restarts: number
  /** Wall-clock milliseconds of the latest start; 0 before the first. */
  readonly since: number
  readonly containment: string
  readonly lastEnd: string
  /** What its program is held with, or empty. */
  readonly rung: string
  readonly limits: JsonObject | null
  /** What the whole tree uses now: `memoryBytes`, `cpuMicros`, `processes`. */
  readonly usage: JsonObject
}

/** What the supervisor remembers of a unit beside the plan. */
export interface UnitStart {
  /** Starts so far. */
  readonly count: number
  readonly since: number
  readonly containment: string
  readonly pid: number | null
  /** What drivers' programs are held with. */
  readonly rung: string
}

/** The status of one unit, with its use summed over `rows`. */
export function unitStatus(
  { name, work, phase, lastEnd }: Unit,
  { count, since, containment, pid, rung }: UnitStart,
  rows: readonly ProcessRow[],
): UnitStatus {
  const pids = work.kind === 'run' ? work.run.pids : pid === null ? [] : [pid]
  return {
    unit: name,
    kind: work.kind,
    domain: domainOf(work),
    agent: agentOf(work),
    driver: work.kind === 'driver' ? work.driver.name : '',
    process: work.kind === 'run' ? work.run.process : null,
    pid: pids[0] ?? null,
    state: phase,
    restarts: Math.max(0, count - 1),
    since,
    containment,
    lastEnd,
    rung: rungOf(work, rung),
    limits: work.kind === 'run' ? work.run.limits : null,
    usage: treeUse(pids, rows),
  }
}

function agentOf(work: Work): string {
  if (work.kind === 'run') return work.run.agent
  return work.kind === 'program' ? work.program.agent : ''
}

function rungOf(work: Work, rung: string): string {
  if (work.kind === 'run') return work.run.rung
  return work.kind === 'driver' && work.driver.program.protocol === 'mcp-stdio' ? rung : ''
}
