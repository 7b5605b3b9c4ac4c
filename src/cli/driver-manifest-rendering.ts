/**
 * A driver's manifest in words, one fact a line and safe to print: what a person signs when adding or updating a
 * driver. Digests of code are shown whole, because they are what somebody may want to compare.
 */
import type { CodePin, DriverManifest, DriverProgram } from '../kernel/manifest.ts'
import { visible } from './escape.ts'

const shownDigest = 16

/** The manifest, indented below a heading. */
export function showManifest({ program, selectors }: DriverManifest): readonly string[] {
  return [
    ...showProgram(program),
    ...selectors.map(
      (pinned) =>
        `  ${pinned.effect.padEnd(7)} ${visible(pinned.selector)}  ${pinned.digest.slice(0, shownDigest)}`,
    ),
  ]
}

/** What serves the driver, where it comes from, and what it is told of its clients. */
export function showProgram(program: DriverProgram): readonly string[] {
  const client = (program.client ?? []).map((selector) => selector.slice('client/'.length))
  return [
    ...(program.protocol === 'mcp-http' ? showServer(program) : showCommand(program)),
    ...(client.length === 0
      ? []
      : [`  is told that its clients can do: ${client.join(', ')}; this grants it nothing`]),
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
