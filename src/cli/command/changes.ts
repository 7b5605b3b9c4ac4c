/** `custos changes`: the runs whose changes wait for somebody to decide about them. */
import type { Command, Context } from '../command.ts'
import { visible, visibleShort } from '../escape.ts'
import { exitCodes } from '../exit.ts'
import { changesOfRun, pendingChanges, readChangedRun } from '../../sandbox/changes/changed-run.ts'
import { showInstant } from '../duration.ts'
import { table } from '../output.ts'
import type { RunRecord } from '../run/run-record.ts'
import { isHeld, listRunRecords } from '../run/run-record.ts'

/** Lists them. */
export const changesCommand: Command = {
  name: 'changes',
  synopsis: '',
  summary: 'show the runs whose changes wait for a decision',
  details: ['A run that goes on is shown too; what it has changed so far can be looked at.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const rows = []
    for (const record of listRunRecords(context.paths.state)) {
      if (record.folder !== '') rows.push(await rowOf(context, record))
    }
    const waiting = rows.filter(({ changes, isGoing }) => changes !== 0 || isGoing)
    context.out.result(
      waiting,
      waiting.length === 0 ? ['No changes wait for a decision.'] : table([heading, ...waiting.map(cellsOf)]),
    )
    return exitCodes.done
  },
}

interface Row {
  readonly run: string
  readonly agent: string
  readonly folder: string
  readonly command: readonly string[]
  readonly startedAt: number
  readonly isGoing: boolean
  /** Null when they cannot be listed. */
  readonly changes: number | null
  readonly flagged: number
  readonly problem: string
}

const heading = ['RUN', 'AGENT', 'STARTED', 'STATE', 'CHANGES', 'TO LOOK AT', 'FOLDER', 'COMMAND']
const shownCommand = 60

async function rowOf({ paths }: Context, record: RunRecord): Promise<Row> {
  const { run, agent, folder, command, startedAt } = record
  const row = { run, agent, folder, command, startedAt, isGoing: isHeld(record), flagged: 0, problem: '' }
  const found = readChangedRun(paths.state, run)
  if (!found.ok) return { ...row, changes: null, problem: found.error }
  const listed = await changesOfRun(found.value)
  if (!listed.ok) return { ...row, changes: null, problem: listed.error }
  const pending = pendingChanges(listed.value)
  return { ...row, changes: pending.length, flagged: pending.filter(({ flags }) => flags.length > 0).length }
}

function cellsOf({
  run,
  agent,
  folder,
  command,
  startedAt,
  isGoing,
  changes,
  flagged,
  problem,
}: Row): string[] {
  return [
    visible(run),
    visible(agent),
    showInstant(startedAt),
    isGoing ? 'running' : 'over',
    changes === null ? visibleShort(problem, shownCommand) : String(changes),
    String(flagged),
    visible(folder),
    visibleShort(command.join(' '), shownCommand),
  ]
}
