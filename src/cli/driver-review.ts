/**
 * A driver under review: what was accepted, as the kernel holds it, beside what the driver is and offers now.
 * Looking means starting the program once, contained; code that was changed is not started unless asked.
 */
import type { Json, JsonObject } from '../base/json.ts'
import type { DriverOffer } from '../driver/probe.ts'
import type { DriverManifest, DriverProgram } from '../kernel/manifest.ts'
import { parseManifest } from '../kernel/sovereign/parse-manifest.ts'
import type { Context } from './command.ts'
import type { CodeDifference } from './driver-code.ts'
import type { SelectorDifference } from './driver-comparison.ts'
import { compareOffers } from './driver-comparison.ts'
import { acceptedDefinitions } from './driver-definitions.ts'
import { coloured, showCodeDifferences, showSelectorDifferences } from './driver-diff-rendering.ts'
import type { DriverFolder } from './driver-folder.ts'
import { driverFolder } from './driver-folder.ts'
import { lookAt, warningsOf } from './driver-offer.ts'
import { CommandFailure, exitCodes } from './exit.ts'
import type { HomePaths } from './home.ts'
import type { KernelClient } from './kernel-client.ts'
import { numberOf } from './kernel-client.ts'
import { findDriver } from './lookup.ts'

/** A driver as the kernel knows it. */
export interface KnownDriver {
  readonly driver: number
  readonly name: string
  readonly manifest: DriverManifest
  readonly incarnation: number
  readonly folder: DriverFolder
  /** Where the driver's domain is. */
  readonly paths: HomePaths
}

/** What a look at the driver found. */
export interface Review {
  readonly code: readonly CodeDifference[]
  /** Null when it was not started. */
  readonly offer: DriverOffer | null
  readonly selectors: readonly SelectorDifference[]
}

/** The driver that `word` names, with its manifest. */
export async function knownDriver(
  { paths }: Pick<Context, 'paths'>,
  kernel: KernelClient,
  word: string,
): Promise<KnownDriver> {
  const { driver, name, entry } = await findDriver(kernel, word)
  const manifest = parseManifest({ program: entry['program'] ?? null, selectors: entry['selectors'] ?? null })
  if (!manifest.ok)
    throw new CommandFailure(exitCodes.fault, `the kernel’s manifest of ${name} is none: ${manifest.error}`)
  return {
    driver,
    name,
    manifest: manifest.value,
    incarnation: numberOf(entry, 'incarnation'),
    folder: driverFolder(paths.state, name),
    paths,
  }
}

/** Starts `program` once, asks what it offers, and compares that with what was accepted. */
export async function review(
  { manifest, folder, paths }: KnownDriver,
  program: DriverProgram,
  code: readonly CodeDifference[],
): Promise<Review & { readonly offer: DriverOffer }> {
  const offer = await lookAt(program, paths)
  const definitions = acceptedDefinitions(folder.definitions, manifest.selectors)
  const selectors = compareOffers({ selectors: manifest.selectors, definitions }, offer)
  return { code, offer, selectors }
}

/** The review as lines; nothing when there is no difference. */
export function showReview({ code, selectors, offer }: Review): readonly string[] {
  const changed = new Set(selectors.map(({ selector }) => selector))
  return [
    ...showCodeDifferences(code),
    ...showSelectorDifferences(selectors),
    ...warningsOf((offer?.definitions ?? []).filter(({ selector }) => changed.has(selector))),
  ]
}

/** The lines in colour when `stream` is a terminal that wants it. */
export function forTerminal(
  lines: readonly string[],
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): readonly string[] {
  const plain = stream.isTTY !== true || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  return plain ? lines : lines.map(coloured)
}

/** The review as data. */
export function reviewData(name: string, { code, offer, selectors }: Review): JsonObject {
  return {
    driver: name,
    differs: code.length + selectors.length > 0,
    looked: offer !== null,
    code: code as unknown as Json,
    selectors: selectors as unknown as Json,
  }
}
