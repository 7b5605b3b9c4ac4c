/**
 * When the program is over: what it changed, in a line or two, and what can be done about it. Nothing is committed
 * by itself, and nothing is lost by not answering: changes stay in the run's store until somebody decides.
 */
import type { Result } from '../../base/result.ts'
import type { ChangeList } from '../../sandbox/changes/change.ts'
import type { Context } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { visible } from '../escape.ts'
import { CommandFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { ask, canAsk } from '../prompt.ts'
import type { ParentLink } from './parent-link.ts'
import { keepCommitOnly, mayCommit } from './run-authority.ts'
import { leaveForLater, removeRunFolder } from './run-end.ts'
import type { RunRecord } from './run-record.ts'
import type { RunOutcome } from './run-session.ts'

/** What can be done with the changes of a run. Each says itself what it has to say. */
export interface ChangeDesk {
  list(record: RunRecord): Promise<Result<ChangeList, string>>
  show(context: Context, record: RunRecord): Promise<void>
  /** Has exactly these changes approved and committed. Fails as a command does. */
  commit(context: Context, kernel: KernelClient, record: RunRecord): Promise<void>
}

/** A run that is over. */
export interface FinishedRun {
  readonly context: Context
  readonly kernel: KernelClient
  readonly parent: ParentLink
  readonly record: RunRecord
  readonly outcome: RunOutcome
  readonly status: number
  readonly desk: ChangeDesk
  /** Whether a person sits at a terminal. */
  readonly isInteractive: boolean
}

/** More changes than this are looked at with a command of their own. */
const fewChanges = 500

/** Says what became of it, asks what shall become of its changes, and returns the exit status. */
export async function afterRun(run: FinishedRun): Promise<number> {
  const { context, record, outcome, status, desk, parent } = run
  const { out } = context
  if (outcome.stopped !== '') out.note(`custos: stopped: ${visible(outcome.stopped)}`)
  else if (outcome.end.limit !== '') out.note(`custos: ended by its limit of ${visible(outcome.end.limit)}`)
  const listed = record.folder === '' ? null : await desk.list(record)
  const changes = listed?.ok === true ? listed.value.changes : []
  if (listed !== null && !listed.ok) {
    out.note(`custos: the changes cannot be listed: ${visible(listed.error)}`)
    out.note(
      adviceIn(
        context.paths.domainName,
        `custos: they stay where they are: custos changes show ${record.run}`,
      ),
    )
  }
  const isEmpty = listed === null || (listed.ok && changes.length === 0)
  // The program is over whether or not the kernel is there to hear of it, and its status is what counts.
  const isSettled = await isDone(() =>
    isEmpty ? close(run, 'nothing was changed') : keepCommitOnly(parent, outcome.derived),
  )
  if (!isSettled && isEmpty) leaveForLater(context.paths.state, record.run)
  if (out.json) {
    const { run: name, process, rung } = record
    const flagged = changes.filter(({ flags }) => flags.length > 0).length
    out.result({ run: name, process, rung, status, changes: changes.length, flagged, kept: !isEmpty }, [])
  } else if (changes.length > 0) await offer(run, listed?.ok === true ? listed.value : null)
  return status
}

/** Ends the run's process and removes its folder: nothing of it is left to decide. */
async function close({ parent, record, context }: FinishedRun, reason: string): Promise<void> {
  await parent.end(record.process, reason)
  removeRunFolder(context.paths.state, record.run)
}

async function offer(run: FinishedRun, list: ChangeList | null): Promise<void> {
  const { context, record, outcome, isInteractive } = run
  const { out } = context
  const changes = list?.changes ?? []
  for (const line of summaryOf(record, changes)) out.note(line)
  const isCommittable = mayCommit(outcome.derived)
  if (!isCommittable)
    out.note(
      adviceIn(
        context.paths.domainName,
        `custos: agent ${visible(record.agent)} may not commit: custos grant ${visible(record.agent)} workspace changes/commit --ask --open lets its next run`,
      ),
    )
  if (!isInteractive || !canAsk() || changes.length > fewChanges) return tellHow(run, isCommittable)
  await askWhatToDo(run, isCommittable)
}

/** The changes of a run in a few lines. */
export function summaryOf(record: RunRecord, changes: ChangeList['changes']): readonly string[] {
  const counts = new Map<string, number>()
  for (const { change } of changes) counts.set(change, (counts.get(change) ?? 0) + 1)
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`)
  const flagged = changes.filter(({ flags }) => flags.length > 0)
  const where = `in ${visible(record.folder)} (run ${record.run})`
  return [
    `custos: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'} ${where}: ${parts.join(', ')}`,
    ...(flagged.length === 0
      ? []
      : [
          `custos: ${flagged.length} of them need a look: ${flagged
            .slice(0, shownFlags)
            .map(({ path, flags }) => `${visible(path)} (${flags.map(({ kind }) => kind).join(', ')})`)
            .join(', ')}${flagged.length > shownFlags ? ', …' : ''}`,
        ]),
  ]
}

const shownFlags = 5

function tellHow({ context, record }: FinishedRun, isCommittable: boolean): void {
  const { out } = context
  const note = (text: string): void => out.note(adviceIn(context.paths.domainName, text))
  note(`custos: they are kept apart: custos changes show ${record.run}`)
  if (isCommittable) note(`custos:   custos changes commit ${record.run}`)
  note(`custos:   custos changes drop ${record.run}`)
}

async function askWhatToDo(run: FinishedRun, isCommittable: boolean): Promise<void> {
  const { context, kernel, record, desk } = run
  for (;;) {
    const choices = isCommittable ? '[c]ommit [s]how [k]eep [d]rop' : '[s]how [k]eep [d]rop'
    const answer = (await ask(`${choices}, or Enter to keep: `, 'keep').catch(() => 'keep')).toLowerCase()
    if (answer === 's' || answer === 'show') await desk.show(context, record)
    else if (isCommittable && (answer === 'c' || answer === 'commit')) {
      if (await isCommitted(run, () => desk.commit(context, kernel, record))) return
    } else if (answer === 'd' || answer === 'drop') {
      await close(run, 'its changes were dropped')
      return context.out.note('custos: dropped')
    } else if (answer === 'k' || answer === 'keep') return tellHow(run, isCommittable)
  }
}

/** A commit that fails leaves the changes where they are, and the question open. */
function isCommitted({ context }: FinishedRun, commit: () => Promise<void>): Promise<boolean> {
  return isDone(commit, (message) => context.out.note(`custos: not committed: ${visible(message)}`))
}

/** True when it was done; `failed` hears why it was not. */
async function isDone(
  what: () => Promise<void>,
  failed: (message: string) => void = () => {},
): Promise<boolean> {
  try {
    await what()
    return true
  } catch (problem) {
    if (!(problem instanceof CommandFailure)) throw problem
    failed(problem.message)
    return false
  }
}
