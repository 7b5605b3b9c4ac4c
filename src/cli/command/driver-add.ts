/**
 * `custos driver add`: looks at a program once, shows what it offers, and pins that in a signed manifest. An
 * operator may raise the effect of a selector; nothing lowers it below what the driver itself declares.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { probeDriver } from '../../driver/probe.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EffectClass } from '../../kernel/effect.ts'
import { effectClasses } from '../../kernel/effect.ts'
import type { DriverManifest, DriverProgram, PinnedSelector } from '../../kernel/manifest.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { selectorName } from '../constraint-syntax.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { findDriver } from '../lookup.ts'
import { pause } from '../boot.ts'
import { launchForProbe } from '../probe-launch.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

const attachLooks = 50
const attachPauseMs = 100

/** Adds a driver. */
export const driverAddCommand: Command = {
  name: 'driver add',
  synopsis: 'NAME [--effect TOOL=CLASS]… [--env K=V]… [--cwd DIR] -- COMMAND [ARGUMENT]…',
  summary: 'make an MCP server a driver: look at what it offers, pin it, sign it',
  details: [
    'The program is started once to list its tools, and stopped. Its environment is PATH, HOME and what --env says;',
    'the manifest is recorded, so it must not hold secrets. Unknown effects count as act.',
  ],
  flags: [
    {
      name: 'effect',
      value: 'TOOL=CLASS',
      repeat: true,
      about: 'raise an effect: observe, change, act, spend, govern',
    },
    { name: 'env', value: 'K=V', repeat: true, about: 'an environment variable of the program' },
    { name: 'cwd', value: 'DIR', about: 'its working folder (default: this one)' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  takesProgram: true,
  run: (context) =>
    withKernel(context, async (kernel) => {
      const name = context.args.positionals[0] ?? ''
      if (!isName(name))
        throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
      const manifest = await inspect(context, programOf(context))
      const action = { do: 'driver.add', name, manifest } as const
      const made = await signAndSend(context, kernel, action)
      const attached = await isSoonAttached(kernel, name)
      context.out.result({ ...made, attached, selectors: manifest.selectors }, [
        `Driver ${name} is driver ${numberOf(made, 'driver')} with ${manifest.selectors.length} selectors, recorded in #${numberOf(made, 'seq')}.`,
        ...(attached ? [] : ['It is not attached yet: see custos ps.']),
      ])
    }),
}

/** Waits a little until the supervisor has started the driver, so that what comes next finds it. */
async function isSoonAttached(kernel: KernelClient, name: string): Promise<boolean> {
  for (let look = 0; look < attachLooks; look++) {
    const driver = await findDriver(kernel, name)
    if (driver.entry['attached'] === true) return true
    await pause(attachPauseMs)
  }
  return false
}

function programOf({ args, env }: Context): DriverProgram {
  const [command = '', ...rest] = args.trailing ?? []
  const variables: { [name: string]: string } = {}
  for (const text of valuesOf(args, 'env')) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text)
    if (match?.[1] === undefined || match[2] === undefined)
      throw usageFailure(`--env ${visible(text)} is not K=V`)
    variables[match[1]] = match[2]
  }
  return {
    protocol: 'mcp-stdio',
    command: findProgram(command, env['PATH'] ?? ''),
    args: rest,
    cwd: resolve(valueOf(args, 'cwd') ?? '.'),
    env: variables,
  }
}

/** The absolute path of a program: what is signed must not depend on somebody's PATH. */
function findProgram(command: string, path: string): string {
  const places = command.includes('/')
    ? [resolve(command)]
    : path.split(delimiter).map((folder) => resolve(join(folder, command)))
  const found = places.find(isExecutable)
  if (found === undefined) throw usageFailure(`there is no program ${visible(command)}`, 'give its path')
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Starts the program once and pins what it offers. */
async function inspect({ args, out }: Context, program: DriverProgram): Promise<DriverManifest> {
  out.note(`Looking at what ${visible(program.command)} offers…`)
  const offer = await probeDriver(program, { launch: launchForProbe })
  if (!offer.ok) {
    const said = offer.error.stderr
      .trim()
      .split('\n')
      .slice(-5)
      .map((line) => `  | ${visible(line)}`)
    throw new CommandFailure(
      exitCodes.usage,
      [`the program cannot serve as a driver: ${offer.error.message}`, ...said].join('\n'),
      'it must speak MCP over its standard input and output',
    )
  }
  const selectors = raiseEffects(offer.value.selectors, valuesOf(args, 'effect'))
  if (!selectors.ok) throw usageFailure(visible(selectors.error))
  return { program, selectors: selectors.value }
}

/** Applies `TOOL=CLASS` words. Lowering an effect is an error. */
export function raiseEffects(
  selectors: readonly PinnedSelector[],
  words: readonly string[],
): Result<readonly PinnedSelector[], string> {
  const raised = new Map(selectors.map((pinned) => [pinned.selector, pinned]))
  for (const word of words) {
    const equals = word.lastIndexOf('=')
    const effect = effectClasses.find((known) => known === word.slice(equals + 1))
    const pinned = raised.get(selectorName(word.slice(0, Math.max(0, equals))))
    if (equals < 1 || effect === undefined)
      return err(`--effect ${word} is not TOOL=CLASS, with ${effectClasses.join(', ')}`)
    if (pinned === undefined) return err(`the program offers no ${selectorName(word.slice(0, equals))}`)
    if (rank(effect) < rank(pinned.effect)) {
      return err(`${pinned.selector} declares itself ${pinned.effect}; it cannot be lowered to ${effect}`)
    }
    raised.set(pinned.selector, { ...pinned, effect })
  }
  return ok([...raised.values()])
}

function rank(effect: EffectClass): number {
  return effectClasses.indexOf(effect)
}
