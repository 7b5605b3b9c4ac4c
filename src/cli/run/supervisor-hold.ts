/**
 * The supervisor's hold on a run: as long as it lasts, a halt, `custos down`, `custos stop` and an operator's kill end
 * the run's processes at once. Nothing inside begins before it stands, and a supervisor that goes away takes the
 * run with it, because then nobody could stop it any more.
 */
import type { Limits } from '../../sandbox/boundary.ts'
import { unreachableFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { replied, textOf } from '../kernel-client.ts'
import { reachSupervisor } from '../supervisor-client.ts'

/** What is held. */
export interface HoldRequest {
  readonly agent: string
  readonly process: number
  readonly name: string
  readonly rung: string
  readonly limits: Limits
  /** Whose death ends all of it. */
  readonly pids: readonly number[]
}

/** A hold that stands. */
export interface SupervisorHold {
  /** What the supervisor calls it. */
  readonly unit: string
  /** Settles when it is over, with why: it was stopped, or the supervisor is gone. */
  readonly over: Promise<string>
  close(): void
}

/** Asks the supervisor to hold these processes. */
export async function holdRun(paths: HomePaths, request: HoldRequest): Promise<SupervisorHold> {
  const told = Promise.withResolvers<string>()
  const wire = await reachSupervisor(paths, (header) => {
    if (header['event'] === 'stopped') told.resolve('somebody stopped it, or halted everything')
  })
  if (wire === null)
    throw unreachableFailure(`no supervisor answers in ${paths.home}`, 'start it with: custos up')
  const { limits, pids, ...rest } = request
  const header = { op: 'hold', domain: paths.domainName, ...rest, limits: { ...limits }, pids: [...pids] }
  const unit = textOf(replied(await wire.request(header)).header, 'unit')
  void wire.closed.then(() => told.resolve('the supervisor is gone'))
  return {
    unit,
    over: told.promise,
    close: () => wire.close(),
  }
}
