/**
 * `custos driver accept`: shows what a driver changed, and pins that in place of what was accepted before, in one
 * signed order. What capabilities were granted on the driver stays; what is not accepted stays quarantined.
 */
import type { DriverId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json } from '../../base/json.ts'
import type { DriverManifest } from '../../kernel/manifest.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import type { Choices } from '../driver-acceptance.ts'
import { acceptedPins } from '../driver-acceptance.ts'
import { isSoonAttached } from '../driver-addition.ts'
import { acceptedDefinitions, keepDefinitions } from '../driver-definitions.ts'
import { makeDriverFolder, removePackage } from '../driver-folder.ts'
import { priceFlags, withPrices } from '../driver-prices.ts'
import type { KnownDriver, Review } from '../driver-review.ts'
import { forTerminal, knownDriver, review, showReview } from '../driver-review.ts'
import { orUndo, orUndoIfRefused } from '../driver-undo.ts'
import type { ChangedProgram, ProgramChanges } from '../driver-upgrade.ts'
import { changedProgram } from '../driver-upgrade.ts'
import { lastWords } from '../driver-trouble.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { pinPackage } from '../package-install.ts'
import { signAndSend } from '../signing.ts'
import { clientOf, variablesOf } from './driver-add.ts'
import { withKernel } from './with-kernel.ts'

/** Accepts what a driver changed. */
export const driverAcceptCommand: Command = {
  name: 'driver accept',
  synopsis: 'NAME [--only SELECTOR]… [--remove SELECTOR]… [--package-version V]',
  summary: 'accept what a driver changed, or change it (signed)',
  details: [
    'Shows the difference, then signs what the driver is and offers now. An effect never falls by itself. What is',
    'missing now keeps its pin, unless --remove drops it. Grants on the driver stay as they are.',
  ],
  flags: [
    { name: 'only', value: 'SELECTOR', repeat: true, about: 'accept only this; the rest stays quarantined' },
    { name: 'remove', value: 'SELECTOR', repeat: true, about: 'drop a selector' },
    { name: 'effect', value: 'TOOL=CLASS', repeat: true, about: 'set an effect, not below what it claims' },
    ...priceFlags,
    {
      name: 'package-version',
      value: 'V',
      about: 'install this version of its package (or latest) and pin that',
    },
    {
      name: 'client',
      value: 'LIST',
      about: 'what it is told that clients can do: roots,sampling,elicitation, none',
    },
    { name: 'env', value: 'K=V', repeat: true, about: 'set an environment variable' },
    { name: 'token-file', value: 'FILE', about: 'another token file, for an HTTP server' },
    { name: 'start', about: 'start the program even if its code was changed' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) => withKernel(context, (kernel) => accept(context, kernel)),
}

async function accept(context: Context, kernel: KernelClient): Promise<void> {
  const { args, out } = context
  const known = await knownDriver(context, kernel, args.positionals[0] ?? '')
  const name = visible(known.name)
  const changed = await changedProgram(known, changesOf(args), (line) => out.note(line))
  const undo = (): void => (changed.installed === null ? undefined : removePackage(changed.installed))
  const manifest = await orUndo(undo, () => decide(context, known, changed))
  if (manifest === null) {
    undo()
    const lines = [`There is nothing to accept: ${name} is what was accepted.`]
    return out.result({ driver: known.driver, changed: false }, lines)
  }
  const action = { do: 'driver.update', driver: id<DriverId>(known.driver), manifest } as const
  const remarks = [`(driver ${known.driver} is ${name})`, ...changed.remarks.map(visible)]
  const made = await orUndoIfRefused(undo, () => signAndSend(context, kernel, action, remarks))
  await tidyUp(known, changed, manifest)
  const attached = await isSoonAttached(kernel, known.name, known.incarnation)
  out.result({ ...made, changed: true, attached, program: manifest.program, selectors: manifest.selectors }, [
    `Driver ${name} is accepted with ${manifest.selectors.length} selectors, recorded in #${numberOf(made, 'seq')}.`,
    ...(attached ? [] : ['It is not attached yet; it last said:', ...lastWords(context.paths, known.driver)]),
  ])
}

function changesOf(args: ParsedArguments): ProgramChanges {
  return {
    packageVersion: valueOf(args, 'package-version'),
    client: args.values.has('client') ? clientOf(args) : null,
    env: variablesOf(args),
    tokenFile: valueOf(args, 'token-file'),
  }
}

/** Looks, shows the differences, and makes the manifest to sign; null when it is what it was. */
async function decide(
  { args, out, env }: Context,
  known: KnownDriver,
  changed: ChangedProgram,
): Promise<DriverManifest | null> {
  const show = (found: Review): void => {
    for (const line of forTerminal(showReview(found), process.stderr, env)) out.note(line)
  }
  if (changed.code.length > 0 && changed.installed === null && !args.switches.has('start')) {
    show({ code: changed.code, offer: null, selectors: [] })
    throw usageFailure(
      'its code was changed, so it was not started',
      'to start it and see what it offers: --start',
    )
  }
  const found = await review(known, changed.program, changed.code)
  show(found)
  const pins = acceptedPins(known.manifest.selectors, found.offer.selectors, choicesOf(args))
  const prices = { costs: valuesOf(args, 'cost'), quorums: valuesOf(args, 'quorum') }
  const selectors = pins.ok ? withPrices(pins.value, prices) : pins
  if (!selectors.ok) throw usageFailure(selectors.error)
  const manifest: DriverManifest = { program: changed.program, selectors: selectors.value }
  if (textOf(manifest) === textOf(known.manifest)) return null
  makeDriverFolder(known.folder)
  // Both sides, so that whichever manifest the kernel has afterwards finds its definitions.
  const accepted = acceptedDefinitions(known.folder.definitions, known.manifest.selectors)
  keepDefinitions(known.folder.definitions, [...accepted, ...found.offer.definitions])
  return manifest
}

function choicesOf(args: ParsedArguments): Choices {
  return {
    only: valuesOf(args, 'only'),
    remove: valuesOf(args, 'remove'),
    effects: valuesOf(args, 'effect'),
  }
}

function textOf({ program, selectors }: DriverManifest): string {
  const sorted = [...selectors].sort((a, b) => (a.selector < b.selector ? -1 : 1))
  return canonicalJson({ program, selectors: sorted } as unknown as Json)
}

/** After the order: what only the manifest before needed is removed, and listings are those of the new pins. */
async function tidyUp(known: KnownDriver, changed: ChangedProgram, manifest: DriverManifest): Promise<void> {
  const { definitions, folder } = known.folder
  keepDefinitions(definitions, acceptedDefinitions(definitions, manifest.selectors))
  if (changed.retired !== null) removePackage(changed.retired)
  for (const { now } of changed.code) {
    const isOurs = now !== null && changed.installed === null && now.path.startsWith(`${folder}/`)
    if (isOurs) await pinPackage(now.path, now.origin)
  }
}
