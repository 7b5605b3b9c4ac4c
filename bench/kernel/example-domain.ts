/**
 * The gate without processes around it: the real core and exchange over a real segment log in a real folder, with
 * the one agent and the one driver of the example call. What becomes of an admitted call is up to who opens it.
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
import type { Vault } from '../../src/ledger/port.ts'
import { Core } from '../../src/machine/core.ts'
import { Exchange } from '../../src/machine/exchange.ts'
import type { ExchangePorts } from '../../src/machine/exchange.ts'
import { openDomain } from '../../src/machine/open-domain.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { caveats, pinned, program, selector } from './example-call.ts'

const clock = { now: () => id<Instant>(Date.now()) }
const entropy = systemEntropy()
/** As the kernel's own process does it. */
const checkpointMs = 1_000

/** A domain in this process. */
export interface ExampleDomain {
  readonly exchange: Exchange
  readonly vault: Vault
  /** The agent's standing process. */
  readonly process: ProcessId
  /** Of the capability for the example call: as deep below the grant as was asked for. */
  readonly handle: Handle
  /** Where its ledger is. */
  readonly ledgerFolder: string
  /** How many events there are. */
  events(): number
  /** Resolves when everything is durable. */
  settled(): Promise<void>
  /** Waits until everything is durable, closes the ledger and removes the folder. */
  close(): Promise<void>
}

/** Opens a new domain in a temporary folder. The agent derives its capability from itself `depth` times. */
export async function openExampleDomain(
  depth: number,
  served: Pick<ExchangePorts, 'dispatcherOf' | 'onDurable'>,
): Promise<ExampleDomain> {
  const folder = temporaryFolder()
  const opened = await openDomain(folder.path, 'main', { clock, entropy })
  if (!opened.ok) throw new Error(opened.error)
  const { state, ledger, vault, ledgerKey } = opened.value
  const core = new Core(state, {
    clock,
    ledger,
    judge: builtinJudge,
    defer: (task) => void setImmediate(task),
    fail: (failure) => {
      throw new Error(failure.message)
    },
  })
  const exchange = new Exchange({ core, vault, entropy, ...served })
  const { process, handle: granted } = populate(exchange, ledgerKey)
  const handle = derived(exchange, process, granted, depth)
  await settled(core)
  const timer = setInterval(() => core.wantCheckpoint(), checkpointMs)
  return {
    exchange,
    vault,
    process,
    handle,
    ledgerFolder: join(folder.path, 'domains', 'main', 'ledger'),
    events: () => state.seq,
    settled: () => settled(core),
    async close() {
      clearInterval(timer)
      await settled(core)
      ledger.close()
      folder.remove()
    },
  }
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

/** The handle of what is `depth` derivations below `granted`; none of them asks anything more. */
function derived(exchange: Exchange, process: ProcessId, granted: Handle, depth: number): Handle {
  let handle = granted
  for (let level = 0; level < depth; level++) {
    const { events, refusal } = exchange.submit({
      kind: 'capability.derive',
      process,
      handle,
      holder: process,
      caveats: {},
    })
    if (refusal !== null || events[0] === undefined)
      throw new Error(refusal?.message ?? 'nothing was derived')
    handle = made(events[0], 'handle') as Handle
  }
  return handle
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
