/**
 * What an agent is told without having asked for exactly that: that its call is held, how a call gets on, that
 * a resource changed, what there is to read. Each only about a request of its own that wanted to hear it, or
 * about what it may use anyway.
 */
import type { Json } from '../../../src/base/json.ts'
import type { Caveats } from '../../../src/kernel/capability/terms.ts'
import { inside } from './constraint.ts'
import type { SeenFrame } from './frames.ts'
import { demandFired } from './fold-processes.ts'
import { allTerms, death, lineage } from './model.ts'
import type { Oracle } from './oracle.ts'
import { positive, text } from './seen-values.ts'
import { demand } from './violation.ts'

/** An open request of an agent. */
export interface Asked {
  readonly op: unknown
  readonly object: number
  /** Commitment to the body. */
  readonly commitment: string
  /** What it said that it can answer. */
  readonly answers: ReadonlySet<string>
  readonly progress: boolean
  readonly log: boolean
  /** How much was durable when it was written. */
  readonly durable: number
}

const members: { readonly [event: string]: readonly string[] } = {
  progress: ['event', 'progress', 'total', 'message'],
  log: ['event', 'level', 'logger'],
}

/** Stops unless a notice may be told to this process, on this request of its. */
export function demandTold(
  oracle: Oracle,
  process: number,
  asked: Asked | undefined,
  frame: SeenFrame,
): void {
  const { header } = frame
  const event = text(header['event'])
  switch (event) {
    case 'held': {
      const held = oracle.model.events[positive(header['seq']) - 1]
      const isOwn = held?.kind === 'call.held' && Number(held.body.process) === process
      return demand(isOwn, 'durability', `a hold cites ${held?.kind}`)
    }
    case 'progress':
    case 'log':
      return demandOnTheWay(oracle, process, asked, frame, event)
    case 'resource-updated':
      return demandMayKnow(oracle, process, header['object'], 'resources/subscribe', text(header['uri']))
    case 'timer':
      return demandFired(oracle.model, process, header)
    case 'resources-changed':
      return demandMayKnow(oracle, process, header['object'], 'resources/read', null)
    default:
      return demand(event === 'changed', 'I6 mediation', `p${process} is told of ${event}`)
  }
}

/** Told on the way: by the driver of the very call that this request made, and it wanted to hear it. */
function demandOnTheWay(
  { model, witness, commitment }: Oracle,
  process: number,
  asked: Asked | undefined,
  { header, body }: SeenFrame,
  event: 'progress' | 'log',
): void {
  demand(
    asked?.op === 'call' && asked[event],
    'I6 mediation',
    `p${process} is told of ${event} and did not ask`,
  )
  const odd = Object.keys(header).find((name) => members[event]?.includes(name) !== true)
  demand(odd === undefined, 'I6 mediation', `p${process} is told ${odd} with ${event}`)
  const what = event === 'progress' ? `progress ${header['progress'] as number}` : `log ${commitment(body)}`
  const isOwn = [...model.active.values()].some(
    (call) =>
      call.process === process &&
      call.commitment === asked.commitment &&
      [call.id, -call.object].some((who) => witness.told.get(who)?.has(what) === true),
  )
  demand(isOwn, 'I6 mediation', `p${process} is told ${what}, which nobody said of its call`)
}

/** Stops unless what the agent was told to exist is what it may read. */
export function demandListed(oracle: Oracle, process: number, asked: Asked, body: Uint8Array): void {
  const listed = JSON.parse(Buffer.from(body).toString('utf8')) as readonly { readonly uri?: Json }[]
  for (const { uri } of listed)
    demandMayKnow(oracle, process, asked.object, 'resources/read', text(uri), asked.durable)
}

/**
 * Stops unless the process holds a living capability that reaches this far. What it held when the kernel looked
 * is not known exactly, so one that ended in the last moments counts: those that `since` says, or the last few.
 */
function demandMayKnow(
  { model, time }: Oracle,
  process: number,
  object: unknown,
  selector: string,
  uri: string | null,
  since: number = model.events.length - momentsAgo,
): void {
  const allows = (terms: readonly Caveats[]): boolean =>
    terms.every(
      ({ selectors, where }) =>
        selectors?.includes(selector) !== false &&
        (uri === null || where === undefined || inside(where, selector, { uri })),
    )
  const reaches = [...model.nodes.values()].filter(
    (node) =>
      node.holders.has(process) &&
      node.object === object &&
      node.handle !== 0 &&
      allows(lineage(node).map(({ caveats }) => caveats)),
  )
  const what = `p${process} is told of ${uri ?? 'what there is'} at o${String(object)}`
  demand(reaches.length > 0, 'I6 mediation', `${what}, which it never could see`)
  const before = model.events[Math.max(0, since)]?.at ?? 0
  const isLiving = reaches.some(
    (node) =>
      node.holder === process &&
      allows(allTerms(node)) &&
      death(model, node, Math.min(before, time())) === null,
  )
  const isChanging = model.events.slice(Math.max(0, since)).some(({ kind }) => ends.has(kind))
  demand(isLiving || isChanging, 'I4 live authority', `${what}, which it may no longer see`)
}

const momentsAgo = 16
const ends: ReadonlySet<string> = new Set([
  'capability.revoked',
  'capability.moved',
  'capability.narrowed',
  'process.killed',
  'agent.removed',
  'driver.removed',
])
