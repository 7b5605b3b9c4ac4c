/** From untrusted JSON to a driver manifest, as strictly as the order it comes in. */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EffectClass } from '../effect.ts'
import { effectClasses } from '../effect.ts'
import { limits } from '../limits.ts'
import type { DriverManifest, DriverProgram, PinnedSelector } from '../manifest.ts'

const hex64 = /^[0-9a-f]{64}$/u
const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/u
const maxArguments = 256
const maxTextLength = 4096

/** The manifest, or a sentence saying what is wrong with it. */
export function parseManifest(value: Json): Result<DriverManifest, string> {
  if (!isJsonObject(value) || !hasExactly(value, ['program', 'selectors']))
    return err('A manifest is {program, selectors}.')
  const program = parseProgram(value['program'] ?? null)
  if (!program.ok) return program
  const listed = value['selectors']
  if (!Array.isArray(listed) || listed.length > limits.selectorsPerDriver)
    return err('`selectors` must be a bounded list.')
  const selectors: PinnedSelector[] = []
  for (const item of listed) {
    if (!isPinned(item)) return err('Each selector is {selector, digest, effect}.')
    selectors.push(item)
  }
  const names = new Set(selectors.map((pinned) => pinned.selector))
  if (names.size !== selectors.length) return err('A selector is listed twice.')
  return ok({ program: program.value, selectors })
}

/** Reads a driver's program, bounded, or says in a sentence why it is none. */
export function parseProgram(value: Json): Result<DriverProgram, string> {
  if (!isJsonObject(value) || !hasExactly(value, ['args', 'command', 'cwd', 'env', 'protocol'])) {
    return err('A program is {protocol, command, args, cwd, env}.')
  }
  const { protocol, command, args, cwd, env } = value
  if (protocol !== 'mcp-stdio') return err('`protocol` must be "mcp-stdio".')
  if (!isText(command) || !isText(cwd) || !cwd.startsWith('/'))
    return err('`command` and an absolute `cwd` are needed.')
  if (!Array.isArray(args) || args.length > maxArguments || !args.every(isArgument))
    return err('`args` must be a list of texts.')
  if (!isJsonObject(env) || Object.keys(env).length > maxArguments) return err('`env` must be an object.')
  if (!Object.entries(env).every(([name, item]) => environmentName.test(name) && isArgument(item))) {
    return err('`env` must map names to texts.')
  }
  return ok({ protocol, command, args: args, cwd, env: env as { [name: string]: string } })
}

function isPinned(value: Json): value is PinnedSelector & JsonObject {
  return (
    isJsonObject(value) &&
    hasExactly(value, ['digest', 'effect', 'selector']) &&
    isText(value['selector']) &&
    typeof value['digest'] === 'string' &&
    hex64.test(value['digest']) &&
    effectClasses.includes(value['effect'] as EffectClass)
  )
}

function hasExactly(value: JsonObject, names: readonly string[]): boolean {
  return Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name))
}

function isText(value: Json | undefined): value is string {
  return isArgument(value) && value !== ''
}

function isArgument(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= maxTextLength && !value.includes('\u0000')
}
