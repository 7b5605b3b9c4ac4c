/** A suggestion on a terminal: a table of lines, what stands beside it, and what its rehearsal showed. */
import { showTerm } from '../constraint-syntax.ts'
import { showDuration } from '../duration.ts'
import { visible, visibleShort } from '../escape.ts'
import { table } from '../output.ts'
import type { RehearsalReport } from './suggest.ts'
import type { SuggestedGrant, SuggestedSelector, Suggestion } from './suggestion.ts'

/** The suggestion as lines, safe to print. */
export function showSuggestion(suggestion: Suggestion, report: RehearsalReport): readonly string[] {
  const { agent, calls, grants } = suggestion
  if (calls === 0) {
    const none = `Agent ${visible(agent)} made no call that was admitted in that time.`
    return [none, ...showRefused(suggestion)]
  }
  return [
    `Agent ${visible(agent)} made ${calls} calls. These grants would cover them:`,
    '',
    ...grants.flatMap((grant) => [...showGrant(grant), '']),
    ...showLeftOut(suggestion),
    ...showRefused(suggestion),
    ...showReport(suggestion, report),
  ]
}

function showGrant(grant: SuggestedGrant): readonly string[] {
  const rate =
    grant.rate === undefined ? '' : `, at most ${grant.rate.count} in any ${showDuration(grant.rate.perMs)}`
  const ask = grant.ask === true ? ', each use approved by an operator' : ''
  const rows = Object.entries(grant.selectors).map(([selector, line]) => [
    `  ${visible(selector)}`,
    line.effect,
    `${line.evidence.calls}×`,
    `#${line.evidence.seqs.join(' #')}`,
    showArguments(line),
  ])
  return [
    `on driver ${visible(grant.driver)}${rate}${ask}`,
    ...table([['  SELECTOR', 'EFFECT', 'SEEN', 'EVENTS', 'ARGUMENTS'], ...rows]),
  ]
}

const shownLength = 160

function showArguments(line: SuggestedSelector): string {
  const named = Object.entries(line.arguments).map(([name, { constraint, optional, wide, undecided }]) => {
    const term = showTerm(name, optional === true ? { constraint, optional } : { constraint })
    const mark = undecided !== undefined ? ' (UNDECIDED)' : wide === true ? ' (WIDE)' : ''
    return `${visibleShort(term, shownLength)}${mark}`
  })
  if (line.open === true) return 'any (WIDE)'
  return named.length === 0 ? 'none' : named.join('; ')
}

function showLeftOut({ leftOut }: Suggestion): readonly string[] {
  return leftOut.map(
    ({ driver, selector, calls, why }) =>
      `Not suggested: ${visible(selector)} on ${visible(driver)}, used ${calls}×: ${why}.`,
  )
}

function showRefused({ refused, refusedBeside }: Suggestion): readonly string[] {
  const lines = refused.map(
    ({ driver, selector, code, count, message, seqs }) =>
      `  ${visible(selector)}${driver === '' ? '' : ` on ${visible(driver)}`}, ${count}×: ${code}: ` +
      `${visibleShort(message, shownLength)} (#${seqs.join(' #')})`,
  )
  const beside = refusedBeside === 0 ? [] : [`  and ${refusedBeside} more that were only counted`]
  if (lines.length + beside.length === 0) return []
  return ['Was refused, and is not suggested:', ...lines, ...beside, '']
}

function showReport({ sealed }: Suggestion, { through, asked, refused }: RehearsalReport): readonly string[] {
  const unknown =
    sealed === 0
      ? []
      : [`${sealed} calls have arguments that cannot be opened here; they shaped no constraint.`]
  return [
    ...unknown,
    `Rehearsed: ${through + asked + refused.length} observed calls under these grants: ${through} pass, ${asked} would be asked about, ${refused.length} would be refused.`,
    ...refused.map(({ seq, code, message }) => `  #${seq} would be refused: ${code}: ${visible(message)}`),
  ]
}
