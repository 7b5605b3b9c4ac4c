/**
 * Where a process stands among all: with its children it shares what its standing process has, so that nobody
 * gets more by having more children, and within that each has a share of its own.
 */
import type { ProcessId } from '../../base/ids.ts'
import type { State } from '../state.ts'
import type { Share } from './share.ts'
import { ordinaryShare } from './share.ts'

/** What a queue must know of a process. */
export interface Place {
  /** The standing process at the root of its tree: itself, unless it is a child. */
  readonly tree: ProcessId
  /** Of the tree, beside all others. */
  readonly treeShare: Share
  /** Of the process, beside the other processes of its tree. Alone it has everything. */
  readonly share: Share
  /** Nothing of it runs, or of its whole tree. */
  readonly isFrozen: boolean
}

/** The place of a process that may have been forgotten meanwhile. */
export function placeOf(state: State, process: ProcessId): Place {
  const first = state.processes.get(process)
  let [root, isFrozen] = [first, first?.frozen !== undefined]
  while (root?.child !== undefined) {
    const parent = state.processes.get(root.child.parent)
    if (parent === undefined) break
    root = parent
    isFrozen ||= root.frozen !== undefined
  }
  const share = first?.share ?? ordinaryShare
  const treeShare = root?.share ?? ordinaryShare
  return { tree: root?.id ?? process, treeShare, share: root === first ? ordinaryShare : share, isFrozen }
}

/** The standing process at the root of a child's tree; 0 for one that is no child. */
export function familyOf(state: State, process: ProcessId): ProcessId | 0 {
  return state.processes.get(process)?.child === undefined ? 0 : placeOf(state, process).tree
}
