/**
 * `custos suggest`: proposes the least grants that cover what an agent used, from the ledger folder alone, and
 * rehearses them on the kernel's own gate before anybody is asked to sign.
 */
import { writeFileSync } from 'node:fs'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { parseDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import { nearest } from '../suggest.ts'
import { findFollowed } from '../suggestion/history.ts'
import type { Followed } from '../suggestion/history.ts'
import type { Suggested } from '../suggestion/suggest.ts'
import { suggest } from '../suggestion/suggest.ts'
import { showSuggestion } from '../suggestion/suggestion-rendering.ts'

/** Suggests grants. */
export const suggestCommand: Command = {
  name: 'suggest',
  synopsis: 'AGENT [--since 1d] [--no-ask] [-o FILE]',
  summary: 'propose the least grants that cover what an agent used',
  details: [
    'Read from the ledger folder alone; where nothing runs, arguments are open only with --offline. Every',
    'observed call is tried under the proposal by the kernel’s own gate: none may be refused.',
    'Review the file, change what you like, then: custos enforce AGENT FILE',
  ],
  flags: [
    { name: 'since', value: 'DURATION', about: 'only calls of the last 1d, 8h, … (default: all)' },
    { name: 'no-ask', about: 'do not ask about each use of what acts outside our control' },
    { name: 'out', short: 'o', value: 'FILE', about: 'write the suggestion to this new file' },
    offlineFlag,
  ],
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out } = context
    const view = await openForReading(context, 'suggest')
    const { followed, state, agents } = findFollowed(view, args.positionals[0] ?? '')
    if (followed === null) throw noSuchAgent(args.positionals[0] ?? '', agents)
    if (view.payloads === null) {
      out.note('The arguments are not open here: this is a suggestion on selectors alone.')
    }
    const sinceMs = sinceOf(valueOf(args, 'since'))
    const suggested = suggest({ view, followed, state, sinceMs, ask: !args.switches.has('no-ask') })
    if (!suggested.ok) throw new CommandFailure(exitCodes.fault, visible(suggested.error))
    tell(context, followed, suggested.value)
    return exitCodes.done
  },
}

function tell({ args, out, paths }: Context, followed: Followed, { suggestion, rehearsal }: Suggested): void {
  const lines = showSuggestion(suggestion, rehearsal)
  if (rehearsal.refused.length > 0) {
    for (const line of lines) out.note(line)
    throw new CommandFailure(
      exitCodes.fault,
      'the suggestion does not cover what was observed; nothing was written',
    )
  }
  const file = valueOf(args, 'out')
  if (file !== null) writeNew(file, `${JSON.stringify(suggestion, null, 2)}\n`)
  const next =
    file === null
      ? 'Write it to a file with -o FILE, review it, then: custos enforce'
      : `Written to ${visible(file)}. Review it, then: custos enforce ${visible(followed.name)} ${visible(file)}`
  out.result(
    { suggestion, rehearsal },
    suggestion.grants.length === 0 ? lines : [...lines, '', adviceIn(paths.domainName, next)],
  )
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
  } catch (problem) {
    throw usageFailure(
      `cannot write the suggestion: ${visible(problem instanceof Error ? problem.message : String(problem))}`,
      'name a file that does not exist yet',
    )
  }
}

function sinceOf(text: string | null): number {
  if (text === null) return 0
  const duration = parseDuration(text)
  if (!duration.ok) throw usageFailure(visible(duration.error))
  return Date.now() - duration.value
}

function noSuchAgent(word: string, agents: readonly string[]): CommandFailure {
  const guess = nearest(word, agents)
  return usageFailure(
    `the ledger knows no agent "${visible(word)}"`,
    guess === null ? 'see: custos agent list' : `did you mean ${visible(guess)}?`,
  )
}
