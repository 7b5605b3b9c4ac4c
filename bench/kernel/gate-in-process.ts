/**
 * The gate without processes around it: the real core and exchange over a real segment log in a real folder,
 * and a driver that answers at once. Every call is two durable events: the intent before the dispatch, the
 * outcome before the answer.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { canonicalJson } from '../../src/base/canonical-json.ts'
import { sha256Hex } from '../../src/base/hash.ts'
import type { DriverId, Handle, Instant, OperatorId, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Json } from '../../src/base/json.ts'
import { generateSigningKey, publicKeyOf } from '../../src/base/signature.ts'
import type { OrderAction, OrderRecord } from '../../src/kernel/command.ts'
import type { Event } from '../../src/kernel/event.ts'
import { canonDigest, canonVersion } from '../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../src/kernel/gate/judge.ts'
import { Core } from '../../src/machine/core.ts'
import type { Dispatcher } from '../../src/machine/departure.ts'
import { Exchange } from '../../src/machine/exchange.ts'
import type { OpenedDomain } from '../../src/machine/open-domain.ts'
import { openDomain } from '../../src/machine/open-domain.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { callArguments, caveats, pinned, program, resultBytes, selector } from './example-call.ts'

const clock = { now: () => id<Instant>(Date.now()) }
const entropy = systemEntropy()
/** As the kernel's own process does it. */
const checkpointMs = 1_000

/** A gate in this process. */
export interface GateInProcess {
  /** Where its ledger is. */
  readonly ledgerFolder: string
  /** One governed call, with its arguments made into bytes; rejects unless it was done. */
  call(): Promise<void>
  /** Waits until everything is durable, closes the ledger and removes the folder. */
  close(): Promise<void>
}

/** Opens a new domain in a temporary folder, with one agent that may make the example call. */
export async function openGateInProcess(): Promise<GateInProcess> {
  const folder = temporaryFolder()
  const home = folder.path
  const opened = await openDomain(home, 'main', { clock, entropy })
  if (!opened.ok) throw new Error(opened.error)
  const { core, exchange } = exchangeOver(opened.value)
  const { process, handle } = populate(exchange, opened.value.ledgerKey)
  await settled(core)
  const timer = setInterval(() => core.wantCheckpoint(), checkpointMs)
  return {
    ledgerFolder: join(home, 'domains', 'main', 'ledger'),
    call: () =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(JSON.stringify(callArguments))
        exchange.call(
          { process, designation: { handle }, selector, bytes },
          {
            held: () => reject(new Error('the call was held')),
            refused: (why) => reject(new Error(why.message)),
            ended: ({ outcome }) => (outcome === 'done' ? resolve() : reject(new Error(outcome))),
          },
        )
      }),
    async close() {
      clearInterval(timer)
      await settled(core)
      opened.value.ledger.close()
      folder.remove()
    },
  }
}

const answersAtOnce: Dispatcher = {
  dispatch(departure) {
    const answer = { kind: 'answered', outcome: 'done', reason: '', result: resultBytes } as const
    if (departure.mayLeave()) queueMicrotask(() => departure.onAnswer(answer))
    return () => undefined
  },
}

function exchangeOver(opened: OpenedDomain): { readonly core: Core; readonly exchange: Exchange } {
  const core = new Core(opened.state, {
    clock,
    ledger: opened.ledger,
    judge: builtinJudge,
    defer: (task) => void setImmediate(task),
    fail: (failure) => {
      throw new Error(failure.message)
    },
  })
  const exchange = new Exchange({
    core,
    vault: opened.vault,
    entropy,
    dispatcherOf: () => answersAtOnce,
    onDurable: () => undefined,
  })
  return { core, exchange }
}

/** Makes the domain and everything the example call needs, by the orders an operator would sign. */
function populate(
  exchange: Exchange,
  ledgerKey: string,
): { readonly process: ProcessId; readonly handle: Handle } {
  const operatorKey = publicKeyOf(generateSigningKey())
  const policyVersion = builtinJudge.version
  const versions = { canonDigest, canonVersion, policyVersion }
  exchange.submit({
    kind: 'domain.create',
    name: 'main',
    operatorName: 'ada',
    operatorKey,
    ledgerKey,
    ...versions,
  })
  exchange.submit({ kind: 'kernel.boot', code: 'bench', policyVersion, halt: null })
  const added = ordered(exchange, {
    do: 'driver.add',
    name: 'notes',
    manifest: { program, selectors: [pinned] },
  })
  const driver = made(added, 'driver') as DriverId
  exchange.submit({ kind: 'driver.attach', driver, definitions: new Map([[selector, pinned.digest]]) })
  const agent = ordered(exchange, { do: 'agent.add', name: 'bob', tokenDigest: sha256Hex('bob') })
  const process = made(agent, 'process') as ProcessId
  const granted = ordered(exchange, { do: 'capability.grant', holder: process, object: driver, caveats })
  return { process, handle: made(granted, 'handle') as Handle }
}

function ordered(exchange: Exchange, command: OrderAction): Event {
  const record: OrderRecord = {
    command,
    domain: 'main',
    operator: id<OperatorId>(1),
    nonce: randomBytes(16).toString('hex'),
    policyVersion: builtinJudge.version,
    canonVersion,
    time: clock.now(),
  }
  const signed = { record: canonicalJson(record as unknown as Json), signature: '' }
  const order = { record, signed, signatureValid: true }
  const { events, refusal } = exchange.submit({
    kind: 'order',
    order,
    waiting: false,
    undispatched: new Set(),
  })
  if (refusal !== null || events[0] === undefined) throw new Error(refusal?.message ?? 'nothing was recorded')
  return events[0]
}

function made(event: Event, name: string): number {
  return (event.body as unknown as { readonly [name: string]: number })[name] ?? 0
}

function settled(core: Core): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => void (core.idle ? resolve() : setTimeout(look, 2))
    core.whenDurable(look)
  })
}
