/**
 * Nothing of one domain shows in another. Two domains live beside each other under one sovereign; everything that
 * happens to the first is drawn from one stream of chance, everything that concerns only the second from another.
 * Two lives with the same first stream and different second ones must look the same from inside the first domain:
 * every event, every answer, every statement, to the byte.
 */
import { sha256Hex } from '../../src/base/hash.ts'
import type { ObjectId, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { OrderAction } from '../../src/kernel/command.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import { keyNamed, realmStart, SmallRealm, someProof } from '../harness/small-realm.ts'
import type { SmallKernel } from '../harness/small-realm.ts'
import { smallManifest } from '../harness/small-domain.ts'
import { Random } from '../simulation/world/random.ts'

/** What a broken realm would let through, to see that it is noticed. */
export type PlantedLeak = 'none' | 'count' | 'id'

/** What was seen in the first domain, one line each. */
export type Trace = readonly string[]

const steps = 30

/** Lives through a pair of lives and returns where their traces first differ, or null. */
export function firstDifference(seed: number, leak: PlantedLeak = 'none'): string | null {
  const [left, right] = [live(seed, 1, leak), live(seed, 2, leak)]
  const longer = Math.max(left.length, right.length)
  for (let at = 0; at < longer; at += 1)
    if (left[at] !== right[at]) return `line ${at}: ${left[at] ?? 'nothing'} ≠ ${right[at] ?? 'nothing'}`
  return null
}

/** One life: the trace of domain `a`, while `b` has the life that `other` names. */
export function live(seed: number, other: number, leak: PlantedLeak = 'none'): Trace {
  const realm = new SmallRealm('a', 'b')
  const [own, foreign] = [new Random(seed, 'a'), new Random(seed * 16 + other, 'b')]
  const a = new Inside(realm, 'a', own)
  const b = new Inside(realm, 'b', foreign)
  const trace: string[] = []
  let now = realmStart
  for (let step = 0; step < steps; step += 1) {
    now += own.pick([0, 1, 50, 2_000, 61_000, 3_600_000, 45_000_000])
    realm.now = now
    realm.carry('time')
    for (let count = foreign.below(4); count > 0; count -= 1) b.act()
    const decision = a.act()
    trace.push(JSON.stringify(decision), realm.newestText('a') ?? 'nothing')
    if (leak === 'count') trace.push(String(realm.sovereign.state.operators.size))
    if (leak === 'id') trace.push(String(realm.sovereign.state.seq))
  }
  const { log, state } = realm.member('a')
  return [...trace, ...log.map((event) => JSON.stringify(event)), String(state.nextObject)]
}

const inside = {
  addAgent: 3,
  addDriver: 2,
  grant: 8,
  call: 14,
  approve: 5,
  deny: 1,
  derive: 4,
  spawn: 2,
  kill: 1,
  revoke: 2,
  tick: 2,
  boot: 1,
  propose: 2,
  confirm: 3,
  flawed: 2,
  enrol: 2,
  revokeOperator: 1,
  freeze: 1,
  unfreeze: 3,
  stale: 1,
} as const

/** What happens in one domain, and what its operators have the sovereign do about it. */
class Inside {
  readonly #realm: SmallRealm
  readonly #name: string
  readonly #random: Random
  #count = 0

  constructor(realm: SmallRealm, name: string, random: Random) {
    this.#realm = realm
    this.#name = name
    this.#random = random
  }

  /** Does one thing, and returns what the domain's kernel said to it; null where only the sovereign was asked. */
  act(): Decision | null {
    const { random, kernel } = this
    const { state } = kernel
    const what = random.weighted(inside)
    const process = [...state.processes.values()].filter(({ killed }) => !killed).at(random.below(4))
    const object = [...state.drivers.keys()].at(random.below(2)) ?? id<never>(1)
    this.#count += 1
    const name = `${this.#name}${this.#count}`
    switch (what) {
      case 'addAgent':
        return this.#order({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
      case 'addDriver': {
        const added = this.#order({ do: 'driver.add', name, manifest: smallManifest() })
        const driver = [...state.drivers.keys()].at(-1)
        const digests = new Map(smallManifest().selectors.map(({ selector, digest }) => [selector, digest]))
        if (driver !== undefined) kernel.do({ kind: 'driver.attach', driver, definitions: digests })
        return added
      }
      case 'grant': {
        const where = { '*': { arguments: {}, open: true } } as const
        const terms = random.pick([{}, { ask: true }, { uses: 2 }] as const)
        const caveats = { selectors: ['tools/read', 'tools/buy'], where, ...terms }
        return this.#order({
          do: 'capability.grant',
          holder: process?.id ?? id(1),
          object: id(object),
          caveats,
        })
      }
      case 'call':
        return this.#call(process?.id ?? id(1), id(object))
      case 'approve':
      case 'deny': {
        const held = [...state.calls.values()].find(({ stage }) => stage === 'held')
        const digest = held?.approvalDigest ?? sha256Hex('none')
        return this.#order({ do: `call.${what}`, call: held?.id ?? id(1), digest, comment: '' })
      }
      case 'derive': {
        const [handle] = process?.handles.keys() ?? []
        const holder = process?.id ?? id<never>(1)
        return kernel.do({
          kind: 'capability.derive',
          process: holder,
          handle: handle ?? id(1),
          holder,
          caveats: {},
        })
      }
      case 'spawn': {
        const parent = process?.id ?? id<never>(1)
        return kernel.do({
          kind: 'process.spawn',
          process: parent,
          name,
          tokenDigest: sha256Hex(name),
          boundary: '',
        })
      }
      case 'kill':
        return this.#order({ do: 'process.kill', process: process?.id ?? id(1), reason: '' })
      case 'revoke':
        return this.#order({ do: 'capability.revoke', capability: id(random.between(1, 6)) })
      case 'tick':
        return kernel.do({ kind: 'clock.tick' })
      case 'boot':
        return kernel.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt: null })
      case 'propose':
        return kernel.order(`${this.#name}-co`, { do: 'agent.add', name, tokenDigest: sha256Hex(name) })
      case 'confirm': {
        const [kept] = state.proposals?.values() ?? []
        const digest = kept?.digest ?? sha256Hex('none')
        return this.#order({ do: 'order.confirm', proposal: kept?.id ?? id(1), digest })
      }
      case 'flawed':
        return kernel.order(
          'ada',
          { do: 'domain.resume' },
          random.pick([{ valid: false }, { domain: 'b' }, { time: 1 }]),
        )
      default:
        return this.#above(what, name)
    }
  }

  /** What the sovereign does about this domain alone. What it answers is told to its operators and to nobody here. */
  #above(what: 'enrol' | 'revokeOperator' | 'freeze' | 'unfreeze' | 'stale', name: string): null {
    const realm = this.#realm
    const { sovereign } = realm
    switch (what) {
      case 'enrol': {
        const person = { name: `${name}-ds`, publicKey: keyNamed(name), domain: this.#name, proof: someProof }
        sovereign.order('ada', { do: 'operator.enrol', level: 'domain-sovereign', ...person })
        break
      }
      case 'revokeOperator': {
        const own = [...sovereign.state.operators.values()].filter(({ domain }) => domain === this.#name)
        const operator = own.at(this.#random.below(3))?.id ?? id<never>(9_999)
        sovereign.order('ada', {
          do: 'operator.revoke',
          operator,
          reason: this.#random.pick(['lost', 'revoked']),
        })
        break
      }
      case 'freeze':
        sovereign.order('ada', { do: 'domain.freeze', name: this.#name, reason: '' })
        break
      case 'unfreeze':
        sovereign.order('ada', { do: 'domain.unfreeze', name: this.#name })
        break
      case 'stale':
        // Only the second domain's life makes more domains: the first would see them if it could.
        if (this.#name === 'b')
          sovereign.order('ada', { do: 'domain.register', name: `c-${this.#count}`, weight: 9 })
    }
    realm.carry('change')
    return null
  }

  get kernel(): SmallKernel {
    return this.#realm.member(this.#name)
  }

  get random(): Random {
    return this.#random
  }

  #order(command: OrderAction): Decision {
    return this.kernel.order('ada', command)
  }

  #call(process: ProcessId, object: ObjectId): Decision {
    const { random, kernel } = this
    const text = JSON.stringify({ n: random.below(3) })
    const selector = random.pick(['tools/read', 'tools/buy', 'tools/none'])
    const decision = kernel.do({
      kind: 'call.request',
      process,
      designation: { object },
      selector,
      arguments: JSON.parse(text) as { n: number },
      payload: { commitment: sha256Hex(text), length: text.length, bytes: null },
      nonce: sha256Hex(`${this.#count}`).slice(0, 32),
      saltedDigest: () => sha256Hex(`salt ${text}`),
    })
    const admitted = decision.events.find((event) => event.kind === 'call.admitted')
    if (admitted?.kind === 'call.admitted' && random.percent(60)) {
      const { call } = admitted.body
      kernel.do({ kind: 'call.settle', call, outcome: 'done', reason: '', released: false, payload: null })
    }
    return decision
  }
}
