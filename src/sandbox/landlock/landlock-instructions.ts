/**
 * What the guardian has to do to bring a boundary about: its paths, its sockets, its filter, and the program with
 * its environment. Sockets are known inside by the same names as on the other rungs.
 */
import { readdirSync, statSync } from 'node:fs'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { Boundary, ConfinedCommand } from '../boundary.ts'
import { bridgePort } from '../bridge/start-program.ts'
import {
  agentSocketPath,
  authoritiesPath,
  authorityPath,
  insideEnvironment,
} from '../bubblewrap/environment.ts'
import { isWithin } from '../bubblewrap/named-paths.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import { seccompFilter } from '../seccomp/filter.ts'
import { landlockFilterRules } from './filter-rules.ts'
import type { Instruction } from './instructions.ts'
import { encodeInstructions } from './instructions.ts'
import { pathRules } from './path-rules.ts'
import type { Scratch } from './scratch.ts'

/** The longest path of a socket that the kernel takes. */
const longestSocketPath = 107

/** The bytes for the guardian. The error is a sentence. */
export function landlockInstructions(
  boundary: Boundary,
  what: ConfinedCommand,
  scratch: Scratch,
  group: LimitGroup,
): Result<Buffer, string> {
  const { arch } = process
  if (arch !== 'x64' && arch !== 'arm64') return err(`the landlock rung does not know ${arch} processors`)
  const rules = pathRules(boundary, scratch.folder)
  if (!rules.ok) return rules
  const sockets = socketTargets(boundary)
  if (!sockets.ok) return sockets
  const all: readonly Instruction[] = [
    ...rules.value.map(({ path, access }): Instruction => ['rule', `${access.toString(16)} ${path}`]),
    ...boundary.readable.map((path): Instruction => ['readable', path]),
    ...[...boundary.writable, scratch.folder].map((path): Instruction => ['writable', path]),
    ...sockets.value,
    ...environment(boundary, scratch),
    ['cwd', boundary.cwd],
    ['terminal', boundary.terminal],
    ['uid', String(scratch.uid)],
    ['gid', String(scratch.gid)],
    ['filter', seccompFilter(landlockFilterRules, arch).toString('hex')],
    ...processCount(group).map((most): Instruction => ['processes', String(most)]),
    ...[what.command, ...what.args].map((text): Instruction => ['argument', text]),
  ]
  return encodeInstructions(all)
}

/** Addresses that the program may connect to, as the warden reads them, and where each really leads. */
function socketTargets({ sockets }: Boundary): Result<readonly Instruction[], string> {
  const { egress, agent } = sockets
  const tooLong = [egress, agent].find((path) => Buffer.byteLength(path ?? '') > longestSocketPath)
  if (tooLong !== undefined) return err(`the path of a socket is too long: ${tooLong}`)
  const port = bridgePort.toString(16).padStart(4, '0')
  return {
    ok: true,
    value: [
      ...(egress === undefined ? [] : [['socket', `i${port}7f000001=${egress}`] as const]),
      ...(agent === undefined ? [] : [['socket', `u${agentSocketPath}=${agent}`] as const]),
    ],
  }
}

/** Nothing private lies at the places of the other rungs, so the variables that name them are given ours. */
function environment(boundary: Boundary, scratch: Scratch): readonly Instruction[] {
  const inside = insideEnvironment(boundary)
  const shown = [...boundary.readable.filter((path) => path !== '/'), ...boundary.writable]
  const isShown = (path: string): boolean => shown.some((folder) => isWithin(path, folder))
  const moved = new Map([
    [authorityPath, scratch.authority],
    [authoritiesPath, scratch.authorities],
  ])
  return Object.entries(inside).map(([name, value]): Instruction => {
    if (name === 'HOME' && !isShown(value)) return ['environment', `HOME=${scratch.home}`]
    if (name === 'TMPDIR' && !isShown(value)) return ['environment', `TMPDIR=${scratch.temporary}`]
    return ['environment', `${name}=${moved.get(value) ?? value}`]
  })
}

/**
 * Where no control group counts processes the system counts all of the user's, which for root's programs are theirs
 * alone. An ordinary user's get as many on top of those there are.
 */
function processCount(group: LimitGroup): readonly number[] {
  const { processes } = group.processLimits
  if (processes === null) return []
  const uid = process.getuid?.() ?? 0
  return [uid === 0 ? processes : processes + threadsOf(uid)]
}

function threadsOf(uid: number): number {
  let threads = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (statSync(`/proc/${name}`).uid === uid) threads += readdirSync(`/proc/${name}/task`).length
    } catch {
      // It ended meanwhile.
    }
  }
  return threads
}
