/**
 * `custos canon show|status|verify`: what the canon says, who can amend it, which domains act on it, and whether
 * canon and code are what the ledger says. All of it is read from files, so that it works when nothing starts.
 */
import { canonOf } from '../../kernel/canon/evaluate.ts'
import { counts, keyholdersInForce } from '../../kernel/canon/quorum.ts'
import { canonChecks } from '../canon-checks.ts'
import { readDraft } from '../canon-draft.ts'
import { showCanon, showKeyholder } from '../canon-rendering.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'
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
    const checks = canonChecks(readGoverningState(context))
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
