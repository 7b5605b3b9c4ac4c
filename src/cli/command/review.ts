/**
 * `custos review`: who holds what, from whom, since when, last used; for an auditor, from the ledger folder alone.
 */
import { valueOf } from '../arguments.ts'
import { reviewCsv, showReview } from '../authority/review-rendering.ts'
import type { Review } from '../authority/review.ts'
import { review } from '../authority/review.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { nearest } from '../suggest.ts'
import { findFollowed } from '../suggestion/history.ts'

/** Prints an access review. */
export const reviewCommand: Command = {
  name: 'review',
  synopsis: '[--agent AGENT] [--dead] [--csv]',
  summary: 'an access review: who holds what, from whom, on which terms, since when, last used',
  details: [
    'Read from the ledger folder alone; nothing needs to run. Every signature behind a grant is verified,',
    'and if one does not hold the exit code is 4. With --csv one line a capability, with stable columns.',
  ],
  flags: [
    { name: 'agent', value: 'AGENT', about: 'only what this agent holds' },
    { name: 'dead', about: 'also what was revoked or has expired and is still remembered' },
    { name: 'csv', about: 'print comma-separated values (RFC 4180)' },
  ],
  positionals: { fewest: 0, most: 0 },
  run(context) {
    const { args, out } = context
    const reviewed = reviewFor(context)
    const isCsv = args.switches.has('csv')
    if (isCsv && out.json) throw usageFailure('--csv and --json are two different formats', 'choose one')
    if (isCsv) {
      // The last line's end is what the output adds.
      out.result(null, [reviewCsv(reviewed).replace(/\n$/u, '')])
      for (const line of reviewed.unknown) out.note(visible(line))
    } else out.result(reviewed, showReview(reviewed))
    if (reviewed.rows.some(({ order }) => order !== 'signature verifies'))
      throw damagedFailure('a signature behind a grant does not hold', 'run: custos ledger verify')
    return Promise.resolve(exitCodes.done)
  },
}

function reviewFor({ args, paths }: Context): Review {
  const view = openLedgerFolder(paths)
  const word = valueOf(args, 'agent')
  const question = { nowMs: Date.now(), dead: args.switches.has('dead') }
  if (word === null) return review(view, { ...question, process: null })
  const { followed, agents } = findFollowed(view, word)
  if (followed !== null) return review(view, { ...question, process: followed.process })
  const guess = nearest(word, agents)
  throw usageFailure(
    `the ledger knows no agent "${visible(word)}"`,
    guess === null ? 'see: custos agent list' : `did you mean ${visible(guess)}?`,
  )
}
