/**
 * A well-behaved agent among attackers, and its operator. It asks for what it may have and must always get it,
 * soon, whatever goes on around it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { CallAnswer } from '../../../src/sdk/index.ts'
import type { Served } from '../../../src/wire/client.ts'
import { connectWire } from '../../../src/wire/client.ts'
import type { Actor, World } from '../../harness/world.ts'
import { verdict } from '../../harness/world.ts'
import { questions } from '../../simulation/world/manifests.ts'

/** How it went. */
export interface Service {
  readonly calls: number
  readonly slowestMs: number
  readonly complaints: readonly string[]
}

const patienceMs = 60_000

/** Makes calls until `isOver`, of which every fiftieth needs an approval. */
export async function bystand(world: World, actor: Actor, isOver: () => boolean): Promise<Service> {
  const complaints: string[] = []
  let [calls, slowestMs] = [0, 0]
  while (!isOver() && complaints.length < 10) {
    calls += 1
    const began = performance.now()
    const wrong = await (calls % 50 === 0 ? approved(world, actor, calls) : plain(world, actor, calls))
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - began))
    if (wrong !== null) complaints.push(`call ${calls}: ${wrong}`)
    await pause(5)
  }
  return { calls, slowestMs, complaints }
}

async function plain(world: World, actor: Actor, n: number): Promise<string | null> {
  const asked = actor.sdk.call({ selector: 'tools/write', arguments: { n }, object: world.object })
  return complaint(asked, n)
}

async function approved(world: World, actor: Actor, n: number): Promise<string | null> {
  const asked = actor.sdk.call({ selector: 'tools/send', arguments: { n }, object: world.object })
  asked.catch(() => undefined)
  for (;;) {
    const shown = (await world.approvals()).find(({ process }) => process === actor.process)
    if (shown !== undefined) {
      await world.operator.must({ do: 'call.approve', call: shown.call, digest: shown.digest, comment: '' })
      return complaint(asked, n)
    }
    await pause(2)
  }
}

async function complaint(asked: Promise<CallAnswer>, n: number): Promise<string | null> {
  const late = new AbortController()
  const answer = await Promise.race([
    asked.catch((error: unknown) => String(error)),
    pause(patienceMs, 'no answer', { signal: late.signal }).catch(() => 'no answer'),
  ])
  late.abort()
  if (typeof answer === 'string') return answer
  if (!answer.ok || answer.outcome !== 'done') return verdict(answer)
  const echoed = JSON.stringify(answer.result)
  return echoed === JSON.stringify({ n }) ? null : `another answer: ${echoed}`
}

/** Calls a driver that may do anything; only that an answer comes is asked for. */
export async function endure(
  actor: Actor,
  object: number,
  isOver: () => boolean,
): Promise<readonly string[]> {
  while (!isOver()) {
    const asked = actor.sdk.call({ selector: 'tools/read', arguments: {}, object })
    const late = new AbortController()
    const answer = await Promise.race([
      asked.catch((error: unknown) => String(error)),
      pause(patienceMs, 'no answer', { signal: late.signal }).catch(() => 'no answer'),
    ])
    late.abort()
    if (typeof answer === 'string') return [`a call of the bad driver: ${answer}`]
    await pause(answer.ok ? 0 : 20)
  }
  return []
}

/** Calls a driver that may do anything, and answers whatever it asks in those calls. Returns how much it asked. */
export async function answerQuestions(
  socket: string,
  token: string,
  object: number,
  isOver: () => boolean,
): Promise<number> {
  const opened = await connectWire(socket, { token }, { credit: 8 })
  if (!opened.ok) return 0
  const wire = opened.value
  let answered = 0
  const onRequest = (): Promise<Served> => {
    answered += 1
    return Promise.resolve({ kind: 'reply', header: {}, body: Buffer.from(`{"n":${answered}}`) })
  }
  const header = {
    op: 'call',
    selector: 'tools/read',
    object,
    answers: [...questions],
    progress: true,
    log: 'debug',
  }
  while (!isOver()) {
    const late = new AbortController()
    const asked = wire.request(header, Buffer.from('{}'), { onRequest, signal: late.signal })
    const answer = await Promise.race([asked, pause(500, null, { signal: late.signal }).catch(() => null)])
    late.abort()
    await pause(answer?.kind === 'reply' ? 0 : 20)
  }
  wire.close()
  return answered
}
