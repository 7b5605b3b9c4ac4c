/** `custos ledger witness`: to which witnesses this ledger's tree heads go, and how it stands with each. */
import { readFileSync } from 'node:fs'
import {
  readStandings,
  readWitness,
  readWitnesses,
  witnessLimit,
  writeWitnesses,
} from '../../witness/configured-witnesses.ts'
import type { ConfiguredWitness } from '../../witness/configured-witnesses.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import type { EvidenceView } from '../evidence-view.ts'
import { evidenceOf } from '../evidence-view.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { showStanding } from '../evidence-status.ts'
import { openLedgerFolder } from '../ledger-folder.ts'

/** Shows, adds or removes witnesses. */
export const ledgerWitnessCommand: Command = {
  name: 'ledger witness',
  synopsis: '[add KEY URL | remove NAME]',
  summary: "show the ledger's key for witnesses and how it stands with each; add or remove one",
  details: [
    'KEY is what custos witness init printed; URL is http(s)://HOST:PORT or unix:/PATH.',
    'This is configuration of this machine, and no order: a witness sees sizes and hashes, and decides nothing.',
  ],
  flags: [],
  positionals: { fewest: 0, most: 3 },
  run(context) {
    const { paths, args } = context
    const view = evidenceOf(paths, openLedgerFolder(paths))
    const kept = readWitnesses(view.place.witnesses)
    if (!kept.ok) throw damagedFailure(visible(kept.error), `correct or remove ${view.place.witnesses}`)
    const [word, ...rest] = args.positionals
    if (word === undefined) show(context, view, kept.value)
    else if (word === 'add' && rest.length === 2) add(context, view, kept.value, rest[0] ?? '', rest[1] ?? '')
    else if (word === 'remove' && rest.length === 1) remove(context, view, kept.value, rest[0] ?? '')
    else throw usageFailure('say: add KEY URL, or: remove NAME', 'see: custos ledger witness --help')
    return Promise.resolve(exitCodes.done)
  },
}

function show(
  { out }: Context,
  { word, place }: EvidenceView,
  witnesses: readonly ConfiguredWitness[],
): void {
  const standings = readStandings(place.state)
  const shown = witnesses.map(({ key, url }) => ({
    name: key.name,
    url,
    ...(standings.get(key.name) ?? null),
  }))
  out.result({ key: word, problem: readProblem(place.problem), witnesses: shown }, [
    `key        ${visible(word)}`,
    ...witnesses.map(({ key, url }) => {
      const standing = showStanding(standings.get(key.name))
      return `witness    ${visible(key.name)} at ${visible(url)}: ${standing}`
    }),
    ...(witnesses.length === 0 ? ['witnesses  none: custos ledger witness add KEY URL'] : []),
  ])
}

function add(
  { out }: Context,
  { place, word: own }: EvidenceView,
  witnesses: readonly ConfiguredWitness[],
  word: string,
  url: string,
): void {
  const witness = readWitness(word, url)
  if (!witness.ok) throw usageFailure(visible(witness.error))
  const others = witnesses.filter(({ key }) => key.name !== witness.value.key.name)
  if (others.length >= witnessLimit) throw usageFailure(`a ledger has at most ${witnessLimit} witnesses`)
  writeWitnesses(place.witnesses, [...others, witness.value])
  const { name } = witness.value.key
  out.result({ name, url: witness.value.url, log: own }, [
    `${visible(name)} is asked from now on. It must know this ledger: --log ${visible(own)}`,
  ])
}

function remove(
  { out }: Context,
  { place }: EvidenceView,
  witnesses: readonly ConfiguredWitness[],
  name: string,
): void {
  const others = witnesses.filter(({ key }) => key.name !== name)
  if (others.length === witnesses.length) throw usageFailure(`there is no witness ${visible(name)}`)
  writeWitnesses(place.witnesses, others)
  out.result({ removed: name }, [`${visible(name)} is not asked any more`])
}

function readProblem(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
