/**
 * What `custos can` asks, from the words of a command line: whose process, which driver's object, the exact
 * selector and the argument bytes. What is ambiguous is not guessed: an answer about another request would be
 * worse than none.
 */
import { visible } from './escape.ts'
import { selectorName } from './constraint-syntax.ts'
import { usageFailure } from './exit.ts'
import type { KernelClient } from './kernel-client.ts'
import type { DriverEntry } from './lookup.ts'
import { findAgent, findDriver, listAgents, listDrivers } from './lookup.ts'

/** One request that a process could make. */
export interface CanRequest {
  readonly process: number
  readonly processName: string
  readonly object: number
  readonly objectName: string
  readonly selector: string
  readonly bytes: Uint8Array
}

/** Finds who and what is meant. `driver` is the name given with `--driver`, or null. */
export async function readCanRequest(
  kernel: KernelClient,
  words: readonly string[],
  driver: string | null,
): Promise<CanRequest> {
  const [who = '', what = '', args = '{}'] = words
  const holder = await holderNamed(kernel, who)
  const selector = selectorName(what)
  const found =
    driver === null ? await soleDriver(kernel, selector, holder.process) : await findDriver(kernel, driver)
  return {
    process: holder.process,
    processName: holder.name,
    object: found.driver,
    objectName: found.name,
    selector,
    bytes: new TextEncoder().encode(args),
  }
}

/** An agent, or a driver, whose own process has its id. */
async function holderNamed(
  kernel: KernelClient,
  word: string,
): Promise<{ readonly process: number; readonly name: string }> {
  const agents = await listAgents(kernel)
  const drivers = await listDrivers(kernel)
  const driver = agents.some(({ name }) => name === word)
    ? undefined
    : drivers.find(({ name }) => name === word)
  return driver === undefined ? findAgent(kernel, word) : { process: driver.driver, name: driver.name }
}

/** The one driver that serves the selector. What drivers ask of their clients is asked by the driver itself. */
async function soleDriver(kernel: KernelClient, selector: string, process: number): Promise<DriverEntry> {
  const drivers = await listDrivers(kernel)
  const serving = drivers.filter(
    ({ driver, selectors, client }) =>
      selectors.includes(selector) || (driver === process && client.includes(selector)),
  )
  const [only, another] = serving
  if (only !== undefined && another === undefined) return only
  const names = serving.map(({ name }) => visible(name)).join(', ')
  throw only === undefined
    ? usageFailure(`no driver serves ${visible(selector)}`, 'see: custos driver list')
    : usageFailure(`${visible(selector)} is served by ${names}`, 'say which with --driver NAME')
}
