/**
 * Looks at what a program offers and tells a person, before anything is signed: every selector with its effect
 * and what the server says of it, spelt out so that nothing in it is hidden.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Definition } from '../driver/definition.ts'
import type { DriverOffer } from '../driver/probe.ts'
import type { DriverProgram, PinnedSelector } from '../kernel/manifest.ts'
import { hiddenText } from './driver-hidden-text.ts'
import { visible, visibleShort } from './escape.ts'
import { CommandFailure, exitCodes } from './exit.ts'
import type { HomePaths } from './home.ts'
import { domainOffer, serviceOffer } from './service-offer.ts'

const shortLength = 300
const stderrLines = 5

/** Asks the program what it offers, once, inside its boundary; what cannot serve as a driver is a failure. */
export async function lookAt(program: DriverProgram, paths: HomePaths): Promise<DriverOffer> {
  if (program.protocol === 'service') return serviceOffer(program.service, paths.state)
  if (program.protocol === 'domain') return domainOffer(program.domain, paths)
  // Only who looks at a server loads what reads servers: other commands sign with no package beside the key.
  const { probeDriver } = await import('../driver/probe.ts')
  const { launchForProbe } = await import('./probe-launch.ts')
  const offer = await probeDriver(program, { launch: launchForProbe(paths) })
  if (offer.ok) return offer.value
  const said = offer.error.stderr
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .slice(-stderrLines)
    .map((line) => `  | ${line}`)
  const isServer = program.protocol === 'mcp-http'
  throw new CommandFailure(
    exitCodes.usage,
    [`it cannot serve as a driver: ${offer.error.message.replaceAll('\n', ' ')}`, ...said].join('\n'),
    isServer
      ? 'it must speak MCP over Streamable HTTP; if it wants a login: custos driver login'
      : 'it must speak MCP over its standard input and output',
  )
}

/** The offer in words. With `full` nothing is cut short; warnings are about the whole of it in either case. */
export function showOffer(
  offer: DriverOffer,
  pinned: readonly PinnedSelector[],
  detail: 'short' | 'full',
): readonly string[] {
  const effects = new Map(pinned.map(({ selector, effect }) => [selector, effect]))
  const { name, version, revision } = offer.serverInfo
  const bytes = Buffer.byteLength(canonicalJson(offer.definitions as unknown as Json))
  return [
    `${visible(name)} ${visible(version)} speaks MCP ${visible(revision)} and offers ${pinned.length} selectors, ${bytes} bytes of definitions:`,
    ...offer.definitions.flatMap((definition) => [
      `  ${(effects.get(definition.selector) ?? '').padEnd(7)} ${visible(definition.selector)}`,
      ...describe(definition, detail).map((line) => `            ${line}`),
    ]),
    ...warningsOf(offer.definitions),
  ]
}

/** A sentence for every place with text that a person would not see. */
export function warningsOf(definitions: readonly Definition[]): readonly string[] {
  return definitions.flatMap(({ selector, definition }) =>
    hiddenText(definition).map(
      ({ at, kind, count }) =>
        `WARNING: ${visible(selector)}: ${visibleShort(at, 200)} holds ${count} ${kind}; read it closely`,
    ),
  )
}

/** What the server says of one selector, as lines that are safe to print. */
function describe({ selector, definition }: Definition, detail: 'short' | 'full'): readonly string[] {
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
  const each = (items: Json | undefined, key: string): readonly string[] =>
    (Array.isArray(items) ? (items as readonly Json[]) : [])
      .filter((item) => isJsonObject(item))
      .map((item: JsonObject) => `${text(item[key])}: ${text(item['description'])}`)
  const parts =
    selector === 'resources/read'
      ? each(definition['resourceTemplates'], 'uriTemplate')
      : selector === 'prompts/get'
        ? each(definition['prompts'], 'name')
        : [text(definition['title']), text(definition['description'])]
  if (detail === 'full') return parts.flatMap(lines)
  return parts.filter((part) => part.trim() !== '').map((part) => cut(part))
}

function lines(text: string): readonly string[] {
  return text === '' ? [] : text.split(/\r?\n/u).map(visible)
}

function cut(text: string): string {
  const [first = '', ...rest] = text.trim().split(/\r?\n/u)
  const more = rest.length === 0 ? '' : ` … (${rest.length} more lines with --full)`
  return `${visibleShort(first, shortLength)}${more}`
}
