/**
 * The strongest rung: a kernel of its own between the program and the host's, gVisor's, run without any rights in
 * a boundary that bubblewrap has made. So what the program sees is decided in one place for two rungs, and whoever
 * broke out of gVisor would stand, without a network, in the same boundary as on the rung below.
 */
import { randomBytes } from 'node:crypto'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, Confiner, Limits } from '../boundary.ts'
import { innerId } from '../bubblewrap/boundary-words.ts'
import { launchPrepared, streamsOf, whyLeaky } from '../bubblewrap/launch-prepared.ts'
import { planLayout, temporaryFolder } from '../bubblewrap/layout.ts'
import type { Prepared } from '../bubblewrap/prepare.ts'
import { prepareBoundary } from '../bubblewrap/prepare.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import { prepareLimits, readyLimits } from '../limits/limits.ts'
import { machineConfig, machineFolder } from './machine-spec.ts'
import { planRelay, Relayed } from './relayed.ts'
import { findRunsc } from './runsc.ts'

/** How a confiner finds gVisor and what is ours. */
export interface GvisorOptions {
  /** Absolute path of a runsc that works; looked for when it is not given. */
  readonly runsc?: string
  /** The environment that says where our own state lies; ours when it is not given. */
  readonly env?: NodeJS.ProcessEnv
}

/** Processes and memory of the machine itself: its kernel, its file server and what runs them. */
const machineProcesses = 256
const machineMemoryMiB = 96
/** The machine runs each of the program's threads in one of the host's, and some more. */
const hostProcessesEach = 2
const standardStreams = 3
const mebibyte = 1_048_576

/** Starts programs under gVisor. */
export function gvisorConfiner({ runsc, env = process.env }: GvisorOptions = {}): Confiner {
  let found: Result<string, string> | null = runsc === undefined ? null : ok(runsc)
  const find = (): Result<string, string> => (found ??= runscPath(env))
  return {
    rung: 'gvisor',
    ready() {
      readyLimits()
      find()
    },
    start(boundary, what) {
      found = find()
      return found.ok ? start({ boundary, what, runsc: found.value, env }) : Promise.resolve(found)
    },
  }
}

function runscPath(env: NodeJS.ProcessEnv): Result<string, string> {
  const found = findRunsc(env)
  return found.ok ? ok(found.value.path) : found
}

/** What one start needs. */
interface MachineStart {
  readonly boundary: Boundary
  readonly what: ConfinedCommand
  readonly runsc: string
  readonly env: NodeJS.ProcessEnv
}

async function start({ boundary, what, runsc, env }: MachineStart): Promise<Result<Confined, string>> {
  const { streams, relayed } = planRelay(streamsOf(what.stdio))
  if (streams.slice(standardStreams).some((stream) => stream !== 'pipe'))
    return err('a program has three standard streams here, and pipes besides')
  const leaky = whyLeaky()
  if (leaky !== null) return err(leaky)
  const layout = planLayout(boundary, env)
  if (!layout.ok) return layout
  const group = await prepareLimits(
    machineLimits(boundary.limits),
    `machine-${randomBytes(6).toString('hex')}`,
  )
  const machine = { boundary, layout: layout.value, processLimits: group.processLimits }
  const preparation = prepareBoundary(boundary, {
    firstDescriptor: streams.length,
    env,
    isMachine: true,
    extra: [{ source: runsc, path: `${machineFolder}/runsc` }],
    files: (startWords) => [
      {
        path: `${machineFolder}/config.json`,
        content: machineConfig({
          ...machine,
          words: [...asOrdinary(), ...startWords, what.command, ...what.args],
        }),
      },
    ],
  })
  if (!preparation.ok) {
    await group.remove()
    return preparation
  }
  const prepared = preparation.value
  const words = machineWords(prepared, group, streams.length)
  const begun = await launchPrepared({ rung: 'gvisor', boundary, prepared, group, words, streams, what })
  if (!begun.ok || relayed.length === 0) return begun
  return ok(new Relayed(begun.value, relayed, boundary.limits.fileMiB * mebibyte))
}

/**
 * Puts the program into a user namespace of the machine's, in which it is who it is on the rung below. A program
 * that takes itself for root gives files to owners that are not there.
 */
function asOrdinary(): readonly string[] {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()]
  const [user, group] = uid === 0 ? [innerId, innerId] : [uid, gid]
  return ['/usr/bin/unshare', '--user', `--map-user=${user}`, `--map-group=${group}`, '--']
}

/** The machine's own share is added from outside; inside, the program's limits are as they were asked for. */
function machineLimits(limits: Limits): Limits {
  return {
    ...limits,
    processes: limits.processes * hostProcessesEach + machineProcesses,
    memoryMiB: limits.memoryMiB + machineMemoryMiB,
  }
}

/** Ids of machines are matched by their beginning, so all are of one length. */
function machineWords({ chain }: Prepared, group: LimitGroup, streams: number): readonly string[] {
  const further = Array.from({ length: streams - standardStreams }, (_, index) => index + standardStreams)
  return [
    ...group.enter,
    ...chain,
    ...group.inside,
    `${machineFolder}/runsc`,
    `--root=${temporaryFolder}/machine`,
    '--ignore-cgroups',
    '--platform=systrap',
    '--network=none',
    '--host-uds=open',
    '--overlay2=none',
    'run',
    '-bundle',
    machineFolder,
    ...further.map((descriptor) => `-pass-fd=${descriptor}:${descriptor}`),
    `custos-${randomBytes(8).toString('hex')}`,
  ]
}
