/**
 * The kernel as it was, for commands that only look: the same views over the state of then, answered in this process.
 * It decides nothing and hears no order.
 */
import { randomBytes } from 'node:crypto'
import { invariant } from '../../base/fault.ts'
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { builtinJudge } from '../../kernel/gate/judge.ts'
import type { State } from '../../kernel/state.ts'
import type { Ledger } from '../../ledger/port.ts'
import { masterKeyBytes, openVault } from '../../ledger/vault.ts'
import { Core } from '../../machine/core.ts'
import { canView, readCanQuestion } from '../../machine/view/can.ts'
import type { ViewPorts } from '../../machine/view/operator-views.ts'
import { queryView } from '../../machine/view/operator-views.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient, QueryName } from '../kernel-client.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import type { Past } from './past.ts'

/** What answers for the kernel as of `past`, whose state that is. `folder` opens arguments, where it may. */
export function pastKernel(state: State, past: Past, folder: LedgerFolder): KernelClient {
  const { domain } = state
  invariant(domain !== null, 'the first event makes the domain')
  const core = new Core(state, {
    clock: { now: () => id<Instant>(past.atMs) },
    ledger: endedLedger(state.seq),
    judge: builtinJudge,
    defer: () => undefined,
    fail: () => undefined,
  })
  // Without the key commitments are of nobody: no view shows one.
  const vault = folder.payloads?.vault ?? openVault(randomBytes(masterKeyBytes), { bytes: randomBytes })
  const ports: ViewPorts = {
    core,
    vault,
    connectionsOf: () => 0,
    argumentsOf: (call) => {
      const event = folder.event(call.payloadSeq)
      return event === null ? null : folder.payload(event)
    },
  }
  const { name, policyVersion, canonVersion } = domain
  return {
    ground: { domain: name, policyVersion, canonVersion },
    query: (what) => Promise.resolve(overWire(allPages(what, ports))),
    ask(question, body) {
      const read = readCanQuestion(question, body)
      if (read === null) throw usageFailure('only what the gate would answer can be asked of the past')
      return Promise.resolve(overWire(canView(core, vault, read)))
    },
    read: () => Promise.reject(notThen()),
    order: () => Promise.reject(notThen()),
    close: () => undefined,
  }
}

function allPages(what: QueryName, ports: ViewPorts): Json {
  const items: Json[] = []
  for (let after = 0; ;) {
    const page = queryView(what, after, ports)
    if (page === null) throw usageFailure('there is no such view')
    if (!Array.isArray(page.body)) return page.body
    items.push(...(page.body as readonly Json[]))
    if (page.next === null) return items
    after = page.next
  }
}

/** What an answer is once it went over a socket. */
function overWire(answer: Json): Json {
  return parseForeignJson(JSON.stringify(answer))
}

function notThen(): Error {
  return usageFailure('nothing can be ordered in the past', 'run the command without: custos at')
}

/** A ledger that takes nothing more. It says that it has room, so that what is asked is what the gate would say. */
function endedLedger(seq: number): Ledger {
  const refuse = (): never => {
    throw new Error('nothing is recorded in the past')
  }
  return {
    durable: seq,
    append: refuse,
    checkpoint: refuse,
    room: () => 'ample',
    isMakingRoom: false,
    whenRoomIsKnown: refuse,
    close: () => undefined,
  }
}
