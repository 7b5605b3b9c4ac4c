/**
 * Requests that are sound frames and hostile in what they ask: of an agent with next to no authority, and of
 * somebody at the operators' door without a key.
 */
import { randomBytes } from 'node:crypto'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { generateSigningKey, sign } from '../../../src/base/signature.ts'
import type { Random } from '../../simulation/world/random.ts'
import { questions } from '../../simulation/world/manifests.ts'
import { hostileBytes, hostileSelector } from '../hostile-bytes.ts'

/** One request, without its correlation. */
export interface HostileRequest {
  readonly header: JsonObject
  readonly body: Uint8Array
}

/** What an attacker knows or may have stolen. */
export interface Loot {
  /** Orders that were signed and carried out. */
  readonly orders: readonly { readonly record: string; readonly signature: string }[]
  /** The operator's key, only ever used for orders that must not be accepted though the signature is good. */
  readonly operatorKey: Uint8Array
  /** Selectors of the drivers. */
  readonly selectors: readonly string[]
  /** The process and the object that attackers would like more of. */
  readonly process: number
  readonly object: number
}

const noBytes = new Uint8Array(0)

/** Numbers that programs take for ids. */
function guess(random: Random): Json {
  if (random.percent(75)) return random.between(1, 24)
  return random.pick<Json>([0, -1, 1.5, 4_294_967_297, 9_007_199_254_740_991, '1', null, true, [1], { a: 1 }])
}

/** What an agent may ask for and mostly should not. */
export function agentRequest(random: Random, loot: Loot, n: number): HostileRequest {
  const op = random.weighted({
    call: 70,
    derive: 10,
    revoke: 6,
    capabilities: 3,
    definitions: 3,
    discover: 3,
    ask: 5,
    huge: 1,
    none: 7,
  })
  switch (op) {
    case 'call':
      return {
        header: {
          op,
          selector: hostileSelector(random, loot.selectors),
          ...(random.percent(50) ? { handle: guess(random) } : { object: guess(random) }),
          ...(random.percent(25) ? hostileNotes(random) : {}),
        },
        body: hostileBytes(random, n),
      }
    case 'derive': {
      const holder = random.percent(50) ? {} : { holder: guess(random) }
      return { header: { op, handle: guess(random), ...holder }, body: hostileCaveats(random) }
    }
    case 'revoke':
      return { header: { op, capability: guess(random) }, body: noBytes }
    case 'capabilities':
      return { header: { op }, body: noBytes }
    case 'definitions':
      return { header: { op, object: guess(random) }, body: noBytes }
    case 'discover':
      return {
        header: {
          op,
          object: guess(random),
          what: random.pick<Json>(['resources', 'tools', 7]),
          cursor: random.pick<Json>(['', 'x'.repeat(9_000), null, 7]),
        },
        body: noBytes,
      }
    case 'ask': {
      // What only the kernel asks here, and only adapters ask of it.
      const selector = random.pick(questions)
      return {
        header: { op, selector, call: guess(random), of: guess(random) },
        body: hostileBytes(random, n),
      }
    }
    case 'huge':
      return {
        header: { op: 'call', selector: 'tools/read', object: loot.object },
        body: Buffer.from(`{"path":"/data/${'b'.repeat(random.between(5_000, 1_000_000))}"}`),
      }
    case 'none': {
      const delayMs = random.pick<Json>([0, 1, -1, 1e300, '1', null])
      const timing = { delayMs, timer: guess(random), note: random.pick<Json>(['', 'x'.repeat(9_000), 7]) }
      if (random.percent(40)) {
        const op = random.pick(['timer.set', 'timer.cancel', 'timers'])
        return { header: { op, ...timing }, body: noBytes }
      }
      const names = ['order', 'query', 'dispatch', 'ping', '', 'call ', '__proto__', 7, null, { call: 1 }]
      return {
        header: { op: random.pick<Json>(names), what: 'status', selector: 'tools/write', object: 1 },
        body: noBytes,
      }
    }
  }
}

/** What a caller says beside its call, at its worst. */
function hostileNotes(random: Random): JsonObject {
  return random.pick<JsonObject>([
    { answers: [...questions] },
    { answers: Array.from({ length: 500 }, () => 'client/sampling') },
    { answers: { length: 1e9 } },
    { answers: ['tools/write', null, ['client/roots']] },
    { within: 1, call: 1, of: 1 },
    { progress: 'yes', log: ['debug'] },
    { progress: true, log: 'debug' },
    { trace: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00\n` },
    { trace: 'x'.repeat(10_000) },
    { key: 'x', badge: 'operator' },
    { deadlineMs: random.pick<Json>([-1, 0, 1, 1e300, '5', null]) },
  ])
}

function hostileCaveats(random: Random): Uint8Array {
  const open = { '*': { arguments: {}, open: true } }
  return Buffer.from(
    random.pick([
      '{}',
      '{"uses":1}',
      '{"uses":-1}',
      '{"uses":1e15}',
      '{"selectors":["tools/read"]}',
      '{"selectors":["tools/write","tools/send"]}',
      '{"selectors":[]}',
      '{"selectors":["*"]}',
      JSON.stringify({ where: open }),
      '{"where":{"tools/read":{"arguments":{"path":{"constraint":{"within":"/"}}}}}}',
      '{"where":{"tools/read":{"arguments":{"path":{"constraint":{"glob":"**********/a"}}}}}}',
      '{"expiresAt":9007199254740991}',
      '{"argumentsCommitment":"00"}',
      '{"derivable":true}',
      '{"ask":false}',
      '{"uses":1,"uses":2}',
      '{"badge":"operator"}',
      'null',
      '[',
    ]),
  )
}

/** Orders without the right to give them, and questions without sense. */
export function operatorRequest(random: Random, loot: Loot): HostileRequest {
  const trick = random.weighted({
    query: 25,
    unsigned: 20,
    replayed: 15,
    altered: 15,
    elsewhere: 15,
    restyled: 5,
    none: 5,
  })
  switch (trick) {
    case 'query':
      return {
        header: {
          op: 'query',
          what: random.pick<Json>([
            'status',
            'operators',
            'agents',
            'drivers',
            'capabilities',
            'approvals',
            'calls',
            '',
            7,
            'keys',
          ]),
          after: guess(random),
        },
        body: noBytes,
      }
    case 'unsigned':
      return order(
        canonicalJson(record(random, loot)),
        random.pick<Json>(['', 'AAAA', null, 7, 'A'.repeat(86), forged(random, loot)]),
      )
    case 'replayed': {
      const { record, signature } = random.pick(loot.orders)
      return order(record, signature)
    }
    case 'altered':
      return altered(random, loot)
    case 'elsewhere': {
      const wrong = random.pick<JsonObject>([
        { domain: 'other' },
        { time: 1 },
        { time: Date.now() + 86_400_000 },
        { canonVersion: 99 },
        { policyVersion: 'none' },
        { operator: 2 },
      ])
      const text = canonicalJson({ ...record(random, loot), ...wrong })
      return order(text, sign(loot.operatorKey, Buffer.from(text)))
    }
    case 'restyled': {
      const text = ` ${canonicalJson(record(random, loot))}`
      return order(text, sign(loot.operatorKey, Buffer.from(text)))
    }
    case 'none':
      return {
        header: { op: random.pick(['call', 'derive', 'resume', '']), signature: 'AA' },
        body: hostileBytes(random, 1),
      }
  }
}

function order(text: string | Uint8Array, signature: Json): HostileRequest {
  return { header: { op: 'order', signature }, body: Buffer.from(text as string) }
}

/** A signed order with one thing changed after signing. */
function altered(random: Random, loot: Loot): HostileRequest {
  const { record: text, signature } = random.pick(loot.orders)
  const parsed = JSON.parse(text) as JsonObject
  const changed = random.pick<JsonObject>([
    { ...parsed, nonce: randomBytes(16).toString('hex') },
    { ...parsed, command: grantAll(loot) },
    { ...parsed, operator: 1, extra: true },
    { ...parsed, time: Date.now() },
  ])
  if (random.percent(70)) return order(canonicalJson(changed), signature)
  const bytes = Buffer.from(text)
  bytes[random.below(bytes.length)] = random.below(256)
  return order(bytes, signature)
}

function record(random: Random, loot: Loot): JsonObject {
  const id = random.between(1, 24)
  const command = random.pick<JsonObject>([
    grantAll(loot),
    grantAll(loot),
    { do: 'agent.add', name: `x${id}`, tokenDigest: '00'.repeat(32) },
    { do: 'capability.revoke', capability: id },
    { do: 'process.kill', process: id, reason: 'because' },
    { do: 'process.thaw', process: id },
    { do: 'process.weigh', process: id, weight: 1000, priority: 4 },
    { do: 'driver.remove', driver: id },
    { do: 'call.approve', call: id, digest: '00'.repeat(32), comment: '' },
    { do: 'domain.resume' },
  ])
  const versions = { policyVersion: 'builtin-1', canonVersion: 1 }
  return {
    command,
    domain: 'main',
    operator: 1,
    nonce: randomBytes(16).toString('hex'),
    ...versions,
    time: Date.now(),
  }
}

function grantAll({ process, object, selectors }: Loot): JsonObject {
  const caveats = { selectors, where: { '*': { arguments: {}, open: true } } }
  return { do: 'capability.grant', holder: process, object, caveats }
}

function forged(random: Random, loot: Loot): string {
  return sign(generateSigningKey(), Buffer.from(canonicalJson(record(random, loot))))
}
