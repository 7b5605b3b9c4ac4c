/**
 * The three things that `custos grant` can mean, told apart by its words: selectors of a driver for an agent,
 * a preset for an agent, or what a driver may ask of its own clients. Each ends in the same order.
 */
import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { isCanonicalPath } from '../kernel/capability/path.ts'
import type { Caveats } from '../kernel/capability/terms.ts'
import { isReverse } from '../kernel/manifest.ts'
import { valueOf, valuesOf } from './arguments.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'
import { grantTerms, resolveSelectors, rootsTerms, termsWith } from './grant-terms.ts'
import type { KernelClient } from './kernel-client.ts'
import type { DriverEntry } from './lookup.ts'
import { findAgent, findDriver, listAgents, listDrivers } from './lookup.ts'
import { presetGrant } from './presets/preset-grant.ts'

/** A grant that is ready to be signed. Texts are safe to print. */
export interface GrantPlan {
  readonly holder: number
  readonly holderKind: 'agent' | 'driver'
  readonly holderName: string
  readonly object: number
  readonly objectName: string
  readonly caveats: Caveats
  /** Said before the order is shown. */
  readonly notes: readonly string[]
}

type GrantParties = Omit<GrantPlan, 'caveats' | 'notes'>

/** Reads the command line as one of the three. */
export async function planGrant(context: Context, kernel: KernelClient): Promise<GrantPlan> {
  const [first = '', second = '', ...words] = context.args.positionals
  if (isReverse(second)) return planReverse(context, await findDriver(kernel, first), [second, ...words])
  const driver = await findDriver(kernel, second)
  const parties: GrantParties = {
    ...(await holderNamed(kernel, first, driver)),
    object: driver.driver,
    objectName: visible(driver.name),
  }
  const preset = valueOf(context.args, 'preset')
  if (preset !== null) return { ...parties, ...planPreset(context, driver, preset, words) }
  if (context.args.values.has('root')) throw usageFailure('--root goes with --preset, or with client/roots')
  if (words.length === 0) throw usageFailure('no selector is named', 'see: custos grant --help')
  const selectors = must(resolveSelectors(words, driver.selectors), 'see: custos driver list')
  return { ...parties, caveats: termsFromFlags(context, selectors), notes: noteOnArguments(context) }
}

/** An agent; or, on a service of the system, a driver, whose program then asks for what is granted. */
async function holderNamed(
  kernel: KernelClient,
  word: string,
  { entry }: DriverEntry,
): Promise<Pick<GrantParties, 'holder' | 'holderKind' | 'holderName'>> {
  const { program } = entry
  const isService = isJsonObject(program) && program['protocol'] === 'service'
  const isAgent = (await listAgents(kernel)).some(
    ({ name, agent }) => name === word || String(agent) === word,
  )
  if (isService && !isAgent) {
    const asker = (await listDrivers(kernel)).find(({ name }) => name === word)
    if (asker !== undefined)
      return { holder: asker.driver, holderKind: 'driver', holderName: visible(asker.name) }
  }
  const agent = await findAgent(kernel, word)
  return { holder: agent.process, holderKind: 'agent', holderName: visible(agent.name) }
}

function planPreset(
  { args }: Context,
  driver: DriverEntry,
  preset: string,
  words: readonly string[],
): Pick<GrantPlan, 'caveats' | 'notes'> {
  if (words.length > 0 || args.values.has('where') || args.switches.has('open'))
    throw usageFailure('a preset says itself which selectors and arguments it grants', 'leave the others out')
  const [root = null, ...more] = valuesOf(args, 'root').map(folderNamed)
  if (more.length > 0) throw usageFailure('a preset takes one --root', 'grant it once for each folder')
  const { title, selectors, where, remarks } = must(presetGrant(preset, driver.selectors, root))
  const caveats = must(termsWith(where, args, selectors, Date.now()))
  return { caveats, notes: [`Preset ${title}:`, ...remarks.map((remark) => `  ${visible(remark)}`)] }
}

/** What a driver may ask of its clients is held by the driver itself, on itself. */
function planReverse(context: Context, driver: DriverEntry, selectors: readonly string[]): GrantPlan {
  const { args } = context
  const name = visible(driver.name)
  const other = selectors.find((selector) => !isReverse(selector))
  if (other !== undefined)
    throw usageFailure(`${visible(other)} is not something that a driver asks of its clients`)
  const undeclared = selectors.find((selector) => !driver.client.includes(selector))
  if (undeclared !== undefined) {
    const short = undeclared.replace('client/', '')
    throw usageFailure(
      `driver ${name} is not told that its clients have ${short}, so it never asks`,
      `declare it first: custos driver accept ${name} --client ${[...driver.client.map((one) => one.replace('client/', '')), short].join(',')}`,
    )
  }
  if (args.values.has('preset'))
    throw usageFailure('there is no preset for what a driver asks of its clients')
  const object = driver.driver
  const parties: GrantParties = {
    holder: object,
    holderKind: 'driver',
    holderName: name,
    object,
    objectName: name,
  }
  return { ...parties, ...reverseTerms(context, selectors) }
}

function reverseTerms(context: Context, selectors: readonly string[]): Pick<GrantPlan, 'caveats' | 'notes'> {
  const { args } = context
  const isRoots = selectors.includes('client/roots')
  if (!isRoots) {
    if (args.values.has('root')) throw usageFailure('--root goes with client/roots')
    return { caveats: termsFromFlags(context, [...new Set(selectors)]), notes: noteOnArguments(context) }
  }
  const folders = valuesOf(args, 'root').map(folderNamed)
  if (selectors.length > 1 || args.values.has('where') || args.switches.has('open') || folders.length === 0)
    throw usageFailure('client/roots is granted by itself, with --root DIR for each folder')
  return { caveats: must(termsWith(rootsTerms(folders), args, selectors, Date.now())), notes: [] }
}

function termsFromFlags({ args }: Context, selectors: readonly string[]): Caveats {
  return must(grantTerms(args, selectors, Date.now()), 'see: custos grant --help')
}

function noteOnArguments({ args }: Context): readonly string[] {
  return args.values.has('where') || args.switches.has('open')
    ? []
    : ['Note: without --where or --open only calls without arguments are allowed.']
}

/** The folder that `--root` names, as servers will see it: absolute, its links resolved, in its one spelling. */
function folderNamed(word: string): string {
  let folder = ''
  try {
    folder = realpathSync(resolve(word))
  } catch {
    throw usageFailure(`there is no folder ${visible(word)}`)
  }
  if (!statSync(folder).isDirectory()) throw usageFailure(`${visible(word)} is not a folder`)
  if (folder !== '/' && isCanonicalPath(folder)) return folder
  throw usageFailure(
    `${visible(folder)} cannot be a root`,
    'it must be a folder below /, without "~", "%" or "\\" in its path',
  )
}

function must<T>(result: Result<T, string>, advice = ''): T {
  if (result.ok) return result.value
  throw usageFailure(visible(result.error), advice)
}
