/**
 * From what a person types to what the kernel calls it: agents and drivers by name or id, capabilities as
 * `c12` or `12`. A name that fits nothing is an error that lists what there is.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import type { KernelClient } from './kernel-client.ts'
import { listOf, numberOf, textOf } from './kernel-client.ts'
import { nearest } from './suggest.ts'

/** An agent as the kernel lists it. */
export interface AgentEntry {
  readonly agent: number
  readonly process: number
  readonly name: string
  readonly entry: JsonObject
}

/** A driver as the kernel lists it. */
export interface DriverEntry {
  readonly driver: number
  readonly name: string
  /** Pinned selectors. */
  readonly selectors: readonly string[]
  /** Reverse selectors that its manifest declares: what the driver is told that its clients can do. */
  readonly client: readonly string[]
  readonly entry: JsonObject
}

/** All agents. */
export async function listAgents(kernel: KernelClient): Promise<readonly AgentEntry[]> {
  return listOf(await kernel.query('agents')).map((entry) => ({
    agent: numberOf(entry, 'agent'),
    process: numberOf(entry, 'process'),
    name: textOf(entry, 'name'),
    entry,
  }))
}

/** All drivers. */
export async function listDrivers(kernel: KernelClient): Promise<readonly DriverEntry[]> {
  return listOf(await kernel.query('drivers')).map((entry) => ({
    driver: numberOf(entry, 'driver'),
    name: textOf(entry, 'name'),
    selectors: selectorsOf(entry),
    client: declaredBy(entry),
    entry,
  }))
}

function selectorsOf(entry: JsonObject): readonly string[] {
  return listOf(entry['selectors'] ?? null).map((pinned) => textOf(pinned, 'selector'))
}

function declaredBy({ program }: JsonObject): readonly string[] {
  const client = isJsonObject(program) ? program['client'] : undefined
  return Array.isArray(client) ? client.filter((item: Json) => typeof item === 'string') : []
}

/** The agent that `word` names. */
export async function findAgent(kernel: KernelClient, word: string): Promise<AgentEntry> {
  const agents = await listAgents(kernel)
  const found =
    agents.find((agent) => agent.name === word) ?? agents.find((agent) => String(agent.agent) === word)
  if (found !== undefined) return found
  throw noSuch(
    'agent',
    word,
    agents.map((agent) => agent.name),
    'custos agent add NAME',
  )
}

/** The driver that `word` names. */
export async function findDriver(kernel: KernelClient, word: string): Promise<DriverEntry> {
  const drivers = await listDrivers(kernel)
  const found =
    drivers.find((driver) => driver.name === word) ?? drivers.find((driver) => String(driver.driver) === word)
  if (found !== undefined) return found
  throw noSuch(
    'driver',
    word,
    drivers.map((driver) => driver.name),
    'custos driver add NAME -- COMMAND',
  )
}

function noSuch(kind: string, word: string, known: readonly string[], how: string): Error {
  const guess = nearest(word, known)
  if (known.length === 0) return usageFailure(`there is no ${kind} yet`, `add one with: ${how}`)
  return usageFailure(
    `there is no ${kind} "${visible(word)}"`,
    guess === null ? `there are: ${known.map(visible).join(', ')}` : `did you mean ${visible(guess)}?`,
  )
}

/** A positive id such as `12`, `c12` or `#12`. */
export function parseId(word: string, what: string): number {
  const match = /^[c#]?([1-9]\d{0,14})$/.exec(word)
  if (match?.[1] === undefined)
    throw usageFailure(`"${visible(word)}" is not ${what}`, 'it is a number, for example 12')
  return Number(match[1])
}

/** How many events are wanted: a number of at most seven digits. */
export function parseCount(word: string): number {
  if (!/^\d{1,7}$/.test(word)) throw usageFailure(`"${visible(word)}" is not a number of events`)
  return Number(word)
}
