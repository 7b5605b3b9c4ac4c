/**
 * A driver that proved itself and then does what drivers must not: answers twice and for others, asks in calls
 * that are not its own and more than it may, and tells everybody everything.
 */
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { questions } from '../../simulation/world/manifests.ts'
import { askedParams } from '../../simulation/world/question-terms.ts'
import type { Random } from '../../simulation/world/random.ts'
import { frameBytes, mangledFrame } from './frame-bytes.ts'
import { Intruder } from './intruder.ts'
import type { Siege } from './sieges.ts'
import { hello, part } from './sieges.ts'

/** A driver that proved itself and then does what drivers must not. */
export const badDriver: Siege = async (target, random) => {
  const secret = target.secret()
  if (secret === null) return 0
  const open: Open[] = []
  const intruder = new Intruder(target.socket('driver'), (frame) => {
    if (frame.kind !== 'request') return
    open.push({ correlation: frame.correlation, call: frame.header['call'] as number })
    target.onDispatch(frame)
  })
  const offers: readonly Json[] = [
    target.definitions,
    target.definitions,
    target.definitions,
    [],
    {},
    [{ selector: 'tools/read', definition: { name: 'other' } }],
    [...target.definitions, ...target.definitions],
  ]
  // Now and then it comes in good order, to ask all the more.
  const isCurious = random.percent(50)
  const offer = JSON.stringify(isCurious ? target.definitions : random.pick(offers))
  intruder.write(hello({ secret, credit: isCurious ? 16 : random.pick([0, 1, 16, 65_535]) }, offer))
  await intruder.until(() => intruder.isWelcome)
  let sent = 1
  for (let round = random.between(5, 60); round > 0 && !intruder.isOver; round--) {
    if (open.length === 0) await intruder.until(() => open.length > 0, 20)
    const frames = driverFrames(random, open, isCurious)
    sent += frames.length
    await intruder.dribble(Buffer.concat(frames), random)
  }
  await part(intruder, random)
  return sent
}

/** A call that the bad driver has and has not answered. */
interface Open {
  readonly correlation: number
  readonly call: number
}

/** Questions of a driver that stops at nothing: in its call, in calls it only heard of, too many, and no questions. */
function questionFrames(random: Random, call: number): readonly Buffer[] {
  const kind = random.weighted({ own: 50, foreign: 20, flood: 1, odd: 19, withdrawn: 10 })
  const count = kind === 'flood' ? random.pick([100, 256, 300]) : random.between(1, 5)
  const from = random.between(1, 1_000_000)
  const header = (): JsonObject => ({
    op: 'ask',
    selector: random.pick(kind === 'odd' ? ['tools/write', 'client/', '*', '', 'client/roots '] : questions),
    call: kind === 'foreign' ? random.pick<Json>([random.between(1, 500), 0, -1, 1.5, 'x', null]) : call,
    ...(random.percent(20) ? { key: random.pick<Json>(['k', 'x'.repeat(5_000), 7, { a: 1 }]) } : {}),
  })
  const frames = Array.from({ length: count }, (_, n) =>
    frameBytes({
      correlation: from + n,
      header: header(),
      body: askedParams(random, random.pick(questions), n),
    }),
  )
  if (kind === 'withdrawn') frames.push(frameBytes({ kind: 'cancel', correlation: from }))
  return frames
}

/** What it tells of its call, of others, and of resources that nobody may know of. */
function newsFrames(random: Random, correlation: number): readonly Buffer[] {
  const huge = random.percent(10)
  const header = random.pick<JsonObject>([
    { event: 'progress', progress: random.word(), message: 'x'.repeat(huge ? 10_000 : 10) },
    { event: 'log', level: 'emergency', logger: 'x'.repeat(huge ? 10_000 : 10) },
    { event: 'held', call: 1, seq: 1, expiresAt: 1, demands: [] },
    { event: 'changed' },
  ])
  const body = random.bytes(huge ? 70_000 : 40)
  const changed = random.pick<JsonObject>([
    { event: 'resource-updated', uri: `file:///${'x'.repeat(huge ? 9_000 : 9)}` },
    { event: 'resource-updated', uri: ['file:///data'] },
    { event: 'resources-changed' },
  ])
  return [
    ...Array.from({ length: 5 }, () => frameBytes({ kind: 'notice', correlation, header, body })),
    frameBytes({ kind: 'notice', header: changed }),
  ]
}

function driverFrames(random: Random, open: Open[], isCurious: boolean): readonly Buffer[] {
  const { correlation: own, call } = open.shift() ?? { call: random.between(1, 500) }
  const foreign = random.pick([0, 1, 4_294_967_295, (own ?? 1) + 1])
  const done = { outcome: 'done', reason: 'x'.repeat(random.below(3_000)) }
  const trick = random.weighted({
    proper: 50,
    failed: 10,
    odd: 10,
    notice: 20,
    question: isCurious ? 150 : 20,
    twice: 4,
    foreign: 3,
    request: 2,
    mangled: 2,
  })
  if (own === undefined && !['mangled', 'foreign', 'question'].includes(trick))
    return [frameBytes({ kind: 'notice', header: { event: 'log' }, body: random.bytes(random.below(2_000)) })]
  const reply = { kind: 'reply', correlation: own ?? 1 } as const
  switch (trick) {
    case 'proper':
      return [frameBytes({ ...reply, header: done, body: random.bytes(random.percent(3) ? 900_000 : 40) })]
    case 'failed':
      return [frameBytes({ ...reply, header: { outcome: 'failed', reason: '\u0007\u202e' } })]
    case 'odd':
      return [
        frameBytes({
          ...reply,
          header: random.pick<JsonObject>([{}, { outcome: 'in-doubt' }, { outcome: 7 }]),
        }),
      ]
    case 'notice':
      return newsFrames(random, own ?? 1)
    case 'question':
      // Mostly the call goes on, or nobody could answer in its course.
      if (own !== undefined && random.percent(80)) open.push({ correlation: own, call })
      else if (own !== undefined)
        return [...questionFrames(random, call), frameBytes({ ...reply, header: done })]
      return questionFrames(random, call)
    case 'twice':
      return [frameBytes({ ...reply, header: done }), frameBytes({ ...reply, header: done })]
    case 'foreign':
      return [frameBytes({ kind: 'reply', correlation: foreign, header: done })]
    case 'request':
      return [frameBytes({ correlation: 9, header: { op: 'call', selector: 'tools/write', object: 1 } })]
    case 'mangled':
      return [mangledFrame(random)]
  }
}
