/**
 * The changes of a run as the commands about changes handle them, for the question that is asked when a run is over.
 */
import { changesOfRun, readChangedRun } from '../../sandbox/changes/changed-run.ts'
import type { HomePaths } from '../home.ts'
import type { ChangeDesk } from './after-run.ts'

/** Lists, shows and commits the changes of runs of this home. */
export function changeDesk({ state: home }: HomePaths): ChangeDesk {
  return {
    async list({ run }) {
      const changed = readChangedRun(home, run)
      return changed.ok ? changesOfRun(changed.value) : changed
    },
    async show(context, { run }) {
      const { showChanges } = await import('../changes/show-changes.ts')
      await showChanges(context, run, { paths: [], isBrief: false })
    },
    async commit(context, kernel, { run }) {
      const { commitRun } = await import('../changes/commit-run.ts')
      const options = { only: [], except: [], overwrite: false, flagged: false }
      const { committed, seq } = await commitRun(context, kernel, run, options)
      context.out.note(`custos: committed ${committed}, recorded in #${seq}`)
    },
  }
}
