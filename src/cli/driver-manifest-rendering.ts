/**
 * A driver's manifest in words, one fact a line and safe to print: what a person signs when adding or updating a
 * driver. Digests of code are shown whole, because they are what somebody may want to compare.
 */
import { unreachable } from '../base/fault.ts'
import type { CodePin, DriverManifest, DriverProgram, StdioProgram } from '../kernel/manifest.ts'
import { showPrices } from './driver-prices.ts'
import { visible } from './escape.ts'

const shownDigest = 16

/** The manifest, indented below a heading. */
export function showManifest({ program, selectors }: DriverManifest): readonly string[] {
  return [
    ...showProgram(program),
    ...selectors.map(
      (pinned) =>
        `  ${pinned.effect.padEnd(7)} ${visible(pinned.selector)}  ${pinned.digest.slice(0, shownDigest)}${showPrices(pinned)}`,
    ),
  ]
}

/** What serves the driver, where it comes from, and what it is told of its clients. */
export function showProgram(program: DriverProgram): readonly string[] {
  const client = (program.client ?? []).map((selector) => selector.slice('client/'.length))
  return [
    ...showKind(program),
    ...(client.length === 0
      ? []
      : [`  is told that its clients can do: ${client.join(', ')}; this grants it nothing`]),
  ]
}

function showKind(program: DriverProgram): readonly string[] {
  switch (program.protocol) {
    case 'mcp-http':
      return showServer(program)
    case 'mcp-stdio':
      return [...showCommand(program), ...showBoundary(program.boundary)]
    case 'domain':
      return [`  what domain ${visible(program.domain)} shares with this one`]
    case 'service':
      return [`  the system’s own service ${program.service}`]
    default:
      return unreachable(program)
  }
}

function showBoundary(boundary: StdioProgram['boundary']): readonly string[] {
  if (boundary === undefined) return []
  const { readable, writable, memoryMiB, processes, network } = boundary
  return [
    ...readable.map((path) => `  may read  ${visible(path)}`),
    ...writable.map((path) => `  may write ${visible(path)}`),
    ...(memoryMiB === undefined ? [] : [`  at most ${memoryMiB} MiB of memory`]),
    ...(processes === undefined ? [] : [`  at most ${processes} processes`]),
    ...(network === true ? ['  may ask the gate for the network'] : []),
  ]
}

function showServer(program: Extract<DriverProgram, { protocol: 'mcp-http' }>): readonly string[] {
  return [
    `  server  ${visible(program.url)}`,
    ...(program.credential === '' ? [] : [`  credential in ${visible(program.credential)}`]),
  ]
}

function showCommand(program: Extract<DriverProgram, { protocol: 'mcp-stdio' }>): readonly string[] {
  return [
    `  program ${[program.command, ...program.args].map((word) => visible(JSON.stringify(word))).join(' ')}`,
    `  in ${visible(program.cwd)}`,
    ...Object.entries(program.env).map(([key, value]) => `  with ${visible(key)}=${visible(value)}`),
    ...(program.code ?? []).flatMap(showPin),
  ]
}

/** A pin: where, the whole digest, and where it came from. */
export function showPin({ path, digest, origin }: CodePin): readonly string[] {
  return [
    `  code    ${visible(path)}`,
    `          sha256 ${digest}`,
    ...(origin === '' ? [] : [`          ${visible(origin)}`]),
  ]
}
