/**
 * What every act of the tour works with: a way to speak, a way to sign, the agent, and the evidence.
 */
import type { OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Event } from '../../kernel/event.ts'
import type { OrderAction } from '../../kernel/command.ts'
import { pause } from '../boot.ts'
import type { Context } from '../command.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import type { OperatorKey } from '../operator-key.ts'
import { orderRecord, signOrder } from '../order.ts'
import type { Signer } from '../signing.ts'
import type { AgentProgram } from './agent-program.ts'
import type { Evidence } from './evidence.ts'
import { TourFailure } from './tour-failure.ts'

/** The tour in progress. `kernel` changes when the kernel restarts. */
export interface Stage {
  readonly context: Context
  readonly signer: Signer
  readonly evidence: Evidence
  readonly agent: AgentProgram
  readonly setting: Setting
  kernel: KernelClient
  /** True when nobody is there to be asked, so the operator's key answers. */
  readonly unattended: boolean
  /** Aborted when the person wants to stop. */
  readonly stop: AbortSignal
}

/** What the tour set up: names, ids and folders. */
export interface Setting {
  /** The folder that the files driver may touch. Canonical. */
  readonly folder: string
  readonly files: number
  readonly memory: number
  readonly agentName: string
  readonly process: number
}

/** How long a person gets to read each line. */
const readingMs = 700

/** Says one line of the tour; this is also where an interrupted tour ends. */
export async function say(
  { context, unattended, stop }: Pick<Stage, 'context' | 'unattended' | 'stop'>,
  line: string,
): Promise<void> {
  if (stop.aborted) throw new CommandFailure(exitCodes.usage, 'the tour was interrupted')
  if (context.out.json) context.out.note(line)
  else context.out.result(null, [line])
  if (!unattended) await pause(readingMs)
}

/** Shows an event that was read back from the ledger. */
export function show(stage: Stage, event: Event): Promise<void> {
  return say(stage, `    ${stage.evidence.show(event)}`)
}

/** The operator whose key that is, as a domain's kernel numbers them. */
export async function signerFor(kernel: KernelClient, key: OperatorKey): Promise<Signer> {
  const operators = listOf(await kernel.query('operators'))
  const entry = operators.find((operator) => textOf(operator, 'publicKey') === key.publicKey)
  if (entry === undefined) throw new TourFailure('the operator’s key is not enrolled in this home')
  return { operator: id<OperatorId>(numberOf(entry, 'operator')), key }
}

/** Signs and sends an order; returns what it made. */
export function order(
  { kernel, signer }: Pick<Stage, 'kernel' | 'signer'>,
  action: OrderAction,
): Promise<JsonObject> {
  return kernel.order(signOrder(orderRecord(action, signer.operator, kernel.ground, Date.now()), signer.key))
}
