/**
 * What the workspace service offers: one selector, which commits exactly the changes that its arguments stand
 * for. The service keeps no list of its own; the digest is what is approved, and what is found when the call
 * arrives must have the same.
 */
import type { Definition } from '../definition.ts'

/** The name that the workspace service is added under. */
export const workspaceDriver = 'workspace'

/** Commits changes of a run to their folder. */
export const commitSelector = 'changes/commit'

/** Everything that the service offers. */
export const workspaceDefinitions: readonly Definition[] = [
  {
    selector: commitSelector,
    definition: {
      name: commitSelector,
      description:
        'Commits changes that a run made in its private view to the folder itself: all or nothing.',
      effect: 'change',
      arguments: {
        run: 'name of the run',
        folder: 'absolute path of the folder',
        digest: 'SHA-256 in hex of every change with its state before and after',
        entries: 'how many changes there are',
        flagged: 'how many of them need a look',
        parts: 'all, or an object with only, except (paths in the folder) and overwrite',
      },
    },
  },
]
