/**
 * The words for what a program did to a folder: one change for everything that is not as it was, with its
 * state before and after. A change is data that a person can be shown and a digest can cover; nothing in it
 * depends on where the copy-on-write store keeps it, so that two readings of the same store are equal.
 */

/** What a name in a folder stands for. */
export type Kind = 'file' | 'folder' | 'link' | 'special'

/** One thing in a folder, as far as a commit carries it. */
export interface ThingState {
  readonly kind: Kind
  /** The nine mode bits; set-user-id and its like are never carried. 0 for links. */
  readonly mode: number
  /** Length of a file in bytes; 0 for everything else. */
  readonly bytes: number
  /** SHA-256 in hex of a file's bytes; empty for everything else. */
  readonly digest: string
  /** Where a link leads, exactly as it is written; empty for everything else. */
  readonly target: string
  /** True for a file that can be shown as lines of text. */
  readonly text: boolean
}

/** What happened to a path. */
export type ChangeKind = 'added' | 'modified' | 'removed' | 'type-changed' | 'mode-changed'

/** Why a change needs a person's eye. */
export type FlagKind =
  | 'link-out'
  | 'hard-link'
  | 'hook'
  | 'git-configuration'
  | 'package-scripts'
  | 'executable'
  | 'dot-file'
  | 'ci'
  | 'new-source'
  | 'editor-configuration'
  | 'agent-configuration'
  | 'special-bits'
  | 'name'
  | 'same-name'

/** One reason to look, with what was found. `detail` holds the program's text: escape it before it is shown. */
export interface Flag {
  readonly kind: FlagKind
  readonly detail: string
}

/** One path that is not as it was. A removed folder has a change for everything that was in it. */
export interface Change {
  /** Relative to the folder, parts joined by `/`. */
  readonly path: string
  readonly change: ChangeKind
  /** Null when there was nothing. */
  readonly before: ThingState | null
  /** Null when there is nothing any more. */
  readonly after: ThingState | null
  readonly flags: readonly Flag[]
  /** Why it can never be committed, or empty. */
  readonly blocked: string
  /** How the folder itself changed here since the program began, or empty. */
  readonly conflict: string
}

/** Everything that changed, in code unit order of the paths: a folder stands before what is in it. */
export interface ChangeList {
  readonly folder: string
  readonly changes: readonly Change[]
}

/** Bounds on what is listed and committed. Beyond one of them there is no list. */
export const changeLimits = {
  entries: 100_000,
  /** Bytes read for digests, before and after together. */
  bytes: 17_179_869_184,
  depth: 100,
  pathLength: 4096,
  /** Files larger than this are not shown as text. */
  textBytes: 1_048_576,
} as const

/** True when a name of the two states stands for the same thing in every respect a commit carries. */
export function isSameState(one: ThingState, other: ThingState): boolean {
  return (
    one.kind === other.kind &&
    one.mode === other.mode &&
    one.bytes === other.bytes &&
    one.digest === other.digest &&
    one.target === other.target
  )
}

/** The path of the folder that holds `path`, empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The last part of `path`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `name` in the folder `path`, which is empty at the top. */
export function under(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}

/** True when `path` is `folder` or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
