/**
 * What the supervisor runs. A unit is one job — the kernel, the gateway, a driver's adapter, an agent's
 * program, a program that somebody holds for it — and keeps its name over restarts; each start of it is an incarnation, so that news of an earlier
 * one is never taken for news of this one.
 */
import type { JsonObject } from '../base/json.ts'
import type { DriverProgram } from '../kernel/manifest.ts'
import { mainDomain } from '../wire/socket-folder.ts'

/** A driver as the kernel wants it served. */
export interface DriverUnit {
  readonly driver: number
  readonly name: string
  readonly program: DriverProgram
  /** By which the kernel knows the adapter; new for every kernel. */
  readonly secret: string
}

/** When a program that ended by itself is started again: within the budget that drivers have, too. */
export type RestartPolicy = 'never' | 'on-failure' | 'always'

/** An agent's program, started because an operator's command line asked for it. */
export interface AgentProgram {
  readonly agent: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The whole environment; the caller puts the agent's token into it. */
  readonly env: { readonly [name: string]: string }
  /** Never, unless it says otherwise. */
  readonly restart?: RestartPolicy
}

/** A program that somebody else started inside a boundary and holds; the supervisor only ends it. */
export interface HeldRun {
  readonly agent: string
  /** The kernel's number of its process. */
  readonly process: number
  readonly name: string
  readonly rung: string
  /** What it may use, for people. */
  readonly limits: JsonObject
  /** Killing these ends all of it. */
  readonly pids: readonly number[]
}

/** What a unit does, and for which domain. The gateway serves every domain. */
export type Work =
  | { readonly kind: 'kernel'; readonly domain: string }
  | { readonly kind: 'gateway' }
  | { readonly kind: 'driver'; readonly domain: string; readonly driver: DriverUnit }
  | { readonly kind: 'program'; readonly domain: string; readonly program: AgentProgram }
  | { readonly kind: 'run'; readonly domain: string; readonly run: HeldRun }
  /** Keeps the domain's tables up to date. */
  | { readonly kind: 'tables'; readonly domain: string }

/** Where a unit stands. */
export type Phase =
  | 'waiting' // not running; starts when it may and its back-off is over
  | 'running'
  | 'closing' // the kernel was asked to end by itself
  | 'killing' // killed; its end has not been seen yet
  | 'given-up' // failed too often
  | 'exited' // a program that ended

/** One unit. Only the plan writes it. Times are milliseconds of the plan's own clock. */
export interface Unit {
  readonly name: string
  work: Work
  phase: Phase
  /** Number of the present or latest start; 0 before the first. */
  incarnation: number
  /** Whether it is to run again when its present incarnation is gone. */
  isWanted: boolean
  since: number
  /** When it failed, within the window that counts. */
  failures: number[]
  retryAt: number
  /** When a kill was last sent, or the kernel was asked to close. */
  askedAt: number
  /** How it last ended, in words; empty before that. */
  lastEnd: string
}

/** Name of the unit of a domain's kernel. */
export function kernelUnitName(domain: string): string {
  return domain === mainDomain ? 'kernel' : `kernel-${domain}`
}

/** Name of the unit of a domain's driver. */
export function driverUnitName(domain: string, driver: number): string {
  return domain === mainDomain ? `driver-${driver}` : `${domain}/driver-${driver}`
}

/** Name of the unit that keeps a domain's tables. */
export function tablesUnitName(domain: string): string {
  return domain === mainDomain ? 'tables' : `${domain}/tables`
}

/** The domain that a unit is of; empty for the gateway. */
export function domainOf(work: Work): string {
  return work.kind === 'gateway' ? '' : work.domain
}

/** The domain that a unit counts for: the gateway, which serves all, for `main`. */
export function ownerOf(work: Work): string {
  return domainOf(work) || mainDomain
}

/** Whether a unit has the share of its domain: the gateway has its own, and tables get what is left. */
export function hasShare({ kind }: Work): boolean {
  return kind !== 'gateway' && kind !== 'tables'
}

/** Name of the gateway's unit. */
export const gatewayUnit = 'gateway'

/** A unit that has never run. */
export function newUnit(name: string, work: Work): Unit {
  return {
    name,
    work,
    phase: 'waiting',
    incarnation: 0,
    isWanted: true,
    since: 0,
    failures: [],
    retryAt: 0,
    askedAt: 0,
    lastEnd: '',
  }
}

/** Whether an operating system process of this unit may exist. */
export function isLive(unit: Unit): boolean {
  return unit.phase === 'running' || unit.phase === 'closing' || unit.phase === 'killing'
}
