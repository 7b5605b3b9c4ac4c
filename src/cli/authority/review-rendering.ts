/** A review for eyes, and as CSV for a spreadsheet: RFC 4180, with cells that no spreadsheet takes for a formula. */
import { visible } from '../escape.ts'
import { table } from '../output.ts'
import type { Review, ReviewRow } from './review.ts'
import { reviewColumns } from './review.ts'

/** The review as lines, safe to print. */
export function showReview(review: Review): readonly string[] {
  const { domain, at, seq, canonVersion, policyVersion, operators, holders, rows, unknown } = review
  return [
    `Access review of domain ${visible(domain)} at ${at}, up to #${seq}; canon ${canonVersion}, policy ${visible(policyVersion)}${review.halted ? ', HALTED' : ''}`,
    '',
    ...table([
      ['OPERATOR', 'LEVEL', 'STATUS', 'SINCE', 'GRANTED', 'KEY'],
      ...operators.map((one) => [
        `${visible(one.name)} (${one.operator})`,
        visible(one.level),
        visible(one.status),
        one.since,
        String(one.granted),
        visible(one.publicKey),
      ]),
    ]),
    '',
    ...rows.flatMap(showRow),
    ...(rows.length === 0 ? ['Nobody holds anything.'] : []),
    '',
    ...holders
      .filter(({ capabilities }) => capabilities === 0)
      .map(({ name, status }) => `${name} holds nothing${status === 'killed' ? ' (killed)' : ''}`),
    ...unknown.map((line) => `Note: ${visible(line)}`),
  ]
}

function showRow(row: ReviewRow): readonly string[] {
  const used =
    row.lastUsed === '' ? 'never used' : `${row.uses} uses, last ${row.lastUsed} (#${row.lastUsedSeq})`
  const expires = row.expires === '' ? '' : `, expires ${row.expires}`
  const left = row.usesLeft === '' ? '' : `, ${row.usesLeft} uses left`
  return [
    `c${row.capability}  ${row.holderName} → ${row.objectName}${row.status === 'alive' ? '' : `  DEAD: ${visible(String(row.status))}`}`,
    `     ${row.terms}${row.termsAbove === '' ? '' : ` — above: ${row.termsAbove}`}`,
    `     ${row.how} by ${row.by} #${row.sinceSeq} ${row.since}; ` +
      `order of ${visible(String(row.orderedBy))} (${visible(String(row.orderedByLevel))}) #${row.orderSeq}: ${visible(String(row.order))}`,
    `     ${used}${left}${expires}${row.changedSeq === '' ? '' : `; narrowed or moved in ${row.changedSeq}`}`,
  ]
}

/** One line of headings and one line a capability. Every line ends with CRLF. */
export function reviewCsv({ rows }: Review): string {
  const lines = [
    reviewColumns.map(String),
    ...rows.map((row) => reviewColumns.map((name) => cell(row[name]))),
  ]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const text = visible(value)
  // What begins so is a formula to most spreadsheets, and agents choose their own arguments and names.
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
