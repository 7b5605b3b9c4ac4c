/**
 * `custos canon show|status|verify`: what the canon says, who can amend it, which domains act on it, and whether
 * canon and code are what the ledger says. All of it is read from files, so that it works when nothing starts.
 */
import { sha256Hex } from '../../base/hash.ts'
import { canonOf } from '../../kernel/canon/evaluate.ts'
import { counts, keyholdersInForce } from '../../kernel/canon/quorum.ts'
import { canonFileText, canonPath, readFoundingCanon } from '../../seal/canon-file.ts'
import { codePaths } from '../../seal/code-check.ts'
import {
  compareCode,
  manifestDigest,
  parseManifestText,
  readCode,
  showDifferences,
} from '../../seal/code-manifest.ts'
import { readIfThere } from '../../seal/whole-file.ts'
import { readDraft } from '../canon-draft.ts'
import { showCanon, showKeyholder } from '../canon-rendering.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import type { GoverningState } from '../governing-state.ts'
import { readGoverningState } from '../governing-state.ts'

/** Shows the canon in force, or one in a file. */
export const canonShowCommand: Command = {
  name: 'canon show',
  synopsis: '[FILE]',
  summary: 'show the canon in force: its articles, rules and keyholders',
  details: [
    'With FILE it shows a proposed canon. With --json it prints what canon propose takes, to be edited.',
  ],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 1 },
  run(context) {
    const [file] = context.args.positionals
    const canon = file === undefined ? canonOf(readGoverningState(context).state) : readDraft(file).canon
    context.out.result(canon, showCanon(canon))
    return Promise.resolve(exitCodes.done)
  },
}

/** Shows who can amend the canon and who acts on it. */
export const canonStatusCommand: Command = {
  name: 'canon status',
  synopsis: '',
  summary: 'show which canon is in force, who can amend it, and which domains have acknowledged it',
  details: [],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run(context) {
    const { state } = readGoverningState(context)
    const { canonVersion: version, canonDigest: digest, name } = state.domain
    const { keyholders, threshold } = keyholdersInForce(state)
    const now = Date.now()
    const domains = [...(state.domains?.values() ?? [])].map(({ name: domain, acknowledged }) => ({
      domain,
      version: acknowledged?.canonVersion ?? 0,
      isCurrent: acknowledged?.canonDigest === digest,
    }))
    context.out.result({ version, digest, threshold, keyholders, domains }, [
      `canon version ${version}, digest ${digest}, in force in ${visible(name)}`,
      `amended by ${threshold} of`,
      ...keyholders.map(
        (holder) => `  ${showKeyholder(holder)}${counts(state, holder, now) ? '' : '  (counts no more)'}`,
      ),
      ...domains.map(
        ({ domain, version: theirs, isCurrent }) =>
          `domain ${visible(domain)}: ${isCurrent ? 'acknowledged' : theirs === 0 ? 'has acknowledged nothing yet' : `still acts on version ${theirs}`}`,
      ),
    ])
    return Promise.resolve(exitCodes.done)
  },
}

/** One thing that was looked at: the problem with it, or null. */
interface Check {
  readonly what: string
  readonly problem: string | null
}

/** Verifies canon and code against the ledger. */
export const canonVerifyCommand: Command = {
  name: 'canon verify',
  synopsis: '',
  summary: 'verify canon and code against the ledger; exit 4 when they do not hold',
  details: [
    'Every start does the same and refuses when it fails. This also works while nothing runs, and names every',
    'file that differs.',
  ],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  run(context) {
    const governed = readGoverningState(context)
    const founding = readFoundingCanon()
    const checks: readonly Check[] = [
      { what: 'the canon that comes with this code', problem: founding.ok ? null : founding.error },
      { what: 'the canon in the ledger, signature by signature', problem: governed.problem },
      { what: 'the home’s copy of it', problem: whyNotKept(governed) },
      { what: 'the code, file by file', problem: whyOtherCode(governed) },
    ]
    const isSound = checks.every(({ problem }) => problem === null)
    context.out.result(
      { valid: isSound, checks },
      checks.map(({ what, problem }) =>
        problem === null ? `ok       ${what}` : `NOT OK   ${what}: ${visible(problem)}`,
      ),
    )
    return Promise.resolve(isSound ? exitCodes.done : exitCodes.damaged)
  },
}

function whyNotKept({ paths, state, signatures }: GoverningState): string | null {
  const { canon, canonVersion } = state.domain
  if (canon === undefined) return null
  const path = canonPath(paths.home, canonVersion)
  const bytes = readIfThere(path)
  if (bytes === null) return `${path} is missing; the next start writes it again`
  return Buffer.from(canonFileText({ canon, signatures })).equals(bytes)
    ? null
    : `${path} is not what the ledger says`
}

function whyOtherCode({ paths, state }: GoverningState): string | null {
  const { codeDigest } = state.domain
  if (codeDigest === undefined) return 'the ledger names no code yet: custos upgrade'
  const present = readCode('all')
  if (manifestDigest(present) === codeDigest) return whyOtherManifest(paths.home, codeDigest)
  const bytes = readIfThere(codePaths(paths.home).manifest)
  const recorded = bytes === null ? null : parseManifestText(bytes)
  if (recorded === null) return 'it is not what the ledger names, and the code manifest is missing'
  return recorded.ok ? showDifferences(compareCode(recorded.value, present, 'all')) : recorded.error
}

function whyOtherManifest(home: string, codeDigest: string): string | null {
  const bytes = readIfThere(codePaths(home).manifest)
  return bytes === null || sha256Hex(bytes) === codeDigest
    ? null
    : 'the code manifest is not the one that the ledger names'
}
