/**
 * Everything that has to be there before bubblewrap is started: its arguments, the filter and other contents in
 * descriptors, the stores of views, the stage program before it and the start program behind it. The gVisor rung
 * stands on the same preparation, with a program inside that is a boundary itself.
 */
import { randomInt } from 'node:crypto'
import { closeSync, existsSync } from 'node:fs'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary } from '../boundary.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import { programFilter } from '../seccomp/program-rules.ts'
import type { Architecture } from '../seccomp/syscalls.ts'
import type { Identity, Stage } from '../view/stage.ts'
import { clearStore, makeStore, perl, planStage } from '../view/stage.ts'
import { dataFile } from './data-file.ts'
import { environmentWords, namespaceWords, ownWords } from './boundary-words.ts'
import type { BoundSockets } from './bound-sockets.ts'
import { boundSockets } from './bound-sockets.ts'
import type { LayoutStep } from './layout.ts'
import { planLayout } from './layout.ts'
import { layoutWords, systemWords } from './layout-words.ts'
import { startWords, waitingWords } from './start-words.ts'
import { whyClosed } from './working-folder.ts'

/** How the program stands in the boundary. */
export interface PreparationOptions {
  /** The first descriptor that is free for us in the child. */
  readonly firstDescriptor: number
  /**
   * The program is a boundary itself: it is root in its own namespaces, with every capability there and without
   * the filter, and it gets no bridge.
   */
  readonly isMachine?: boolean
  /** More of the host, read-only, at other paths than its own. */
  readonly extra?: readonly { readonly source: string; readonly path: string }[]
  /**
   * Small files of ours inside, at paths below `ownFolder`, that only its root can read. A machine has to put the
   * words it is given before the program's itself.
   */
  readonly files?: (
    startWords: readonly string[],
  ) => readonly { readonly content: string; readonly path: string }[]
  /** Where our own state lies is read from here. */
  readonly env: NodeJS.ProcessEnv
  /** The groups and limits of the program; the caller sees to them itself when they are not given. */
  readonly group?: LimitGroup
}

/** Ready to be started. The descriptors are the caller's to `close` once the child has them. */
export interface Prepared {
  /** The command up to where the program's own words follow. */
  readonly chain: readonly string[]
  /** To be the child's descriptors from `firstDescriptor` on. */
  readonly descriptors: readonly number[]
  /** The two descriptors of the child after those: where it says that all stands and waits, and where bubblewrap reports. */
  readonly blockDescriptor: number
  readonly statusDescriptor: number
  readonly identity: Identity
  close(): void
  /** To be called when everything inside is gone. */
  cleanUp(): void
}

const bwrap = '/usr/bin/bwrap'
const mostVariables = 1_000
/** Ids that no system gives to anybody: above those of containers, below those that some programs take for negative. */
const freeIds = { from: 0x70000000, to: 0x7f000000 }

/** Prepares `boundary`. The error is a sentence; nothing is left behind then. */
export function prepareBoundary(boundary: Boundary, options: PreparationOptions): Result<Prepared, string> {
  const { arch } = process
  if (arch !== 'x64' && arch !== 'arm64') return err(`there is no system call filter for ${arch}`)
  for (const program of [bwrap, perl]) if (!existsSync(program)) return err(`${program} is not installed`)
  if (Object.keys(boundary.environment).length > mostVariables)
    return err(`more than ${mostVariables} variables`)
  const layout = planLayout(boundary, options.env)
  if (!layout.ok) return layout
  // A machine's first program is root there, and enters whatever was named.
  const closed = options.isMachine === true ? null : whyClosed(boundary.cwd, layout.value)
  if (closed !== null) return err(closed)
  const opened: number[] = []
  try {
    for (const view of boundary.views) makeStore(view)
    return ok(prepared(boundary, options, layout.value, arch, opened))
  } catch (error) {
    for (const descriptor of opened) closeSync(descriptor)
    for (const view of boundary.views) clearStore(view)
    return err(`the boundary cannot be prepared: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function prepared(
  boundary: Boundary,
  options: PreparationOptions,
  layout: readonly LayoutStep[],
  architecture: Architecture,
  opened: number[],
): Prepared {
  const { firstDescriptor, isMachine = false } = options
  const identity = starterIdentity()
  const give = (content: string | Uint8Array): number => {
    opened.push(dataFile(content))
    return firstDescriptor + opened.length - 1
  }
  const sockets = boundSockets(boundary)
  const stage = stageFor(boundary, layout, sockets, identity, architecture, options.group)
  const words = [
    ...namespaceWords(boundary, identity, isMachine),
    // The program's variables reach it inside the machine; what runs the machine must not be swayed by them.
    ...environmentWords(isMachine ? { ...boundary, environment: {} } : boundary),
    ...systemWords(boundary.limits.diskMiB),
    ...layoutWords(layout, stage.places, boundary.limits.diskMiB),
    ...ownWords(boundary, sockets, stage, identity, give),
    ...(options.files?.(startWords(boundary, sockets)) ?? []).flatMap(({ content, path }) => {
      return ['--perms', '0400', '--file', String(give(content)), path]
    }),
    ...(options.extra ?? []).flatMap(({ source, path }) => ['--ro-bind', source, path]),
    ...'--remount-ro / --chdir'.split(' '),
    boundary.cwd,
    '--seccomp',
    String(give(programFilter(architecture, isMachine))),
  ]
  // It would be two words, of which the second is somebody else's.
  if (words.some((word) => word.includes('\0'))) throw new Error('a path or a value has a byte of zero in it')
  const argumentsAt = give(words.map((word) => `${word}\0`).join(''))
  const blockDescriptor = firstDescriptor + opened.length
  const descriptors = `--args ${argumentsAt} --json-status-fd ${blockDescriptor + 1}`
  const limits = options.group?.processLimits
  // A machine makes its bridge itself, and its signals are its own.
  const waiting = isMachine
    ? waitingWords({ ...boundary, terminal: 'none' }, { ...sockets, egress: null }, blockDescriptor, limits)
    : waitingWords(boundary, sockets, blockDescriptor, limits)
  const before = stage.command.length === 0 ? (options.group?.enter ?? []) : stage.command
  return {
    chain: [...before, bwrap, ...descriptors.split(' '), '--', ...waiting],
    descriptors: opened,
    blockDescriptor,
    statusDescriptor: blockDescriptor + 1,
    identity,
    close: () => {
      for (const descriptor of opened.splice(0)) closeSync(descriptor)
    },
    cleanUp: () => {
      for (const view of boundary.views) clearStore(view)
    },
  }
}

function starterIdentity(): Identity {
  const uid = process.getuid?.() ?? 0
  if (uid !== 0) return { starter: 'user', uid, gid: process.getgid?.() ?? uid }
  const id = randomInt(freeIds.from, freeIds.to)
  return { starter: 'root', uid: id, gid: id }
}

function stageFor(
  boundary: Boundary,
  layout: readonly LayoutStep[],
  sockets: BoundSockets,
  identity: Identity,
  architecture: Architecture,
  group: LimitGroup | undefined,
): Stage {
  const keepsTerminal = boundary.terminal === 'inherit'
  const isRoot = identity.starter === 'root'
  if (!isRoot && !keepsTerminal && boundary.views.length === 0) return { command: [], places: new Map() }
  const named = layout.flatMap((step) => (step.kind === 'show' && step.isNamed ? [step.path] : []))
  const shown = isRoot ? [...named, ...sockets.all.map(({ source }) => source)] : []
  const views = layout.flatMap((step) => (step.kind === 'view' ? [step.view] : []))
  return planStage({ identity, architecture, shown, views, keepsTerminal, entrances: group?.entrances ?? [] })
}
