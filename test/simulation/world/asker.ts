/**
 * The inquisitive side of a simulated adapter: in the course of a call it asks its client something, or asks in
 * the course of calls that are another's, over, or not there at all; it withdraws what it asked, asks too much,
 * and tells how it gets on, also to those who did not want to know.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import { encodeFrame } from '../../../src/wire/frame.ts'
import type { ReverseSelector } from '../../../src/kernel/manifest.ts'
import type { Peer } from '../../../src/wire/peer.ts'
import { questions } from './manifests.ts'
import { askedParams } from './question-terms.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { WireEnd } from './wire.ts'

/** A call that was sent to an adapter, and on which of its connections. */
export interface Rumour {
  readonly call: number
  readonly to: Asker
}

/** What an asker stands on. */
export interface AskerPorts {
  readonly scheduler: Scheduler
  readonly random: Random
  /** Calls that any adapter was ever sent: whoever asks in them is heard in one case only. */
  readonly rumours: Rumour[]
  readonly isHostile: () => boolean
  sometimes(name: string): void
}

const within = { own: 470, foreign: 340, none: 80, guessed: 30, many: 45, odd: 35 } as const
const uris = ['file:///data/a', 'file:///data/b', 'file:///etc/passwd'] as const

/** One connection's questions and news. */
export class Asker {
  readonly #ports: AskerPorts
  readonly #peer: Peer
  readonly #end: WireEnd
  readonly #subscribed: string[] = []

  constructor(peer: Peer, end: WireEnd, ports: AskerPorts) {
    this.#peer = peer
    this.#end = end
    this.#ports = ports
  }

  /** Somebody subscribes: there is soon something to tell of it, which may be too soon. */
  subscribed(args: Uint8Array): void {
    const { random, scheduler } = this.#ports
    const { uri } = JSON.parse(Buffer.from(args).toString()) as { readonly uri: string }
    this.#subscribed.push(uri)
    scheduler.after(random.below(200), () => this.#peer.notice(0, { event: 'resource-updated', uri }))
  }

  /** A call came in. `go` goes on with it: at once, or when what was asked in it is answered or forgotten. */
  serving(correlation: number, header: JsonObject, go: () => void): void {
    const { random, rumours, scheduler, isHostile } = this.#ports
    const call = Number(header['call'])
    rumours.push({ call, to: this })
    if (rumours.length > 64) rumours.shift()
    if (random.percent(25)) this.#tell(correlation)
    if (!isHostile()) return this.#askPeacefully(call, header['answers'], go)
    if (random.percent(50)) return go()
    const patient = random.percent(60)
    let isGone = false
    const goOnce = (): void => {
      if (!isGone) go()
      isGone = true
    }
    const answers = Array.isArray(header['answers']) ? (header['answers'] as ReverseSelector[]) : []
    const able = answers.length > 0 && random.percent(80) ? answers : questions
    this.#askSomehow(call, able, patient ? goOnce : () => undefined)
    if (!patient) return goOnce()
    scheduler.after(random.between(20, 600), goOnce)
  }

  /** The latest calls that others serve, which may be under way still. */
  #recentOfOthers(own: number): readonly number[] {
    const others = this.#ports.rumours.filter(({ to }) => to !== this).slice(-3)
    return others.length === 0 ? [own] : others.map(({ call }) => call)
  }

  #askSomehow(own: number, able: readonly ReverseSelector[], heard: () => void): void {
    const { random, rumours, scheduler } = this.#ports
    const where = random.weighted(within)
    if (where !== 'own') this.#ports.sometimes(`fault: question ${where}`)
    switch (where) {
      case 'own':
        return this.#ask(random.pick(able), own, heard)
      case 'foreign': {
        // Which calls are under way, and what may be asked at all, it can only try.
        const calls = random.percent(85) ? this.#recentOfOthers(own) : [random.pick(rumours).call]
        for (const call of calls) for (const selector of questions) this.#ask(selector, call, heard)
        return
      }
      case 'none':
        return this.#ask(random.percent(75) ? 'client/roots' : random.pick(questions), undefined, heard)
      case 'guessed':
        return this.#ask(random.pick(questions), own + random.between(-4, 4), heard)
      case 'many': {
        const selector = random.pick(questions)
        for (let left = random.pick([8, 24]); left > 0; left -= 1)
          scheduler.after(random.below(40), () => this.#ask(selector, own, heard))
        return
      }
      case 'odd':
        return this.#ask(random.pick(['tools/read', 'client/', 'client/authority', '__proto__']), own, heard)
    }
  }

  /** In peace only what the kernel said may be asked, and the call goes on when it is answered. */
  #askPeacefully(call: number, answers: unknown, go: () => void): void {
    const [selector] = Array.isArray(answers) ? (answers as readonly string[]) : []
    if (selector === undefined) go()
    else this.#ask(selector, call, go, Buffer.from(`{"n":${this.#ports.random.word()}}`))
  }

  #ask(selector: string, call: number | undefined, heard: () => void, params?: Uint8Array): void {
    const { random, scheduler, isHostile } = this.#ports
    const sometimes = (what: string): void => this.#ports.sometimes(what)
    const header = { op: 'ask', selector, ...(call === undefined ? {} : { call }) }
    const bytes = params ?? askedParams(random, selector, random.word())
    const asked = this.#peer.request(header, bytes, (answer) => {
      if (answer.kind === 'reply') sometimes(`question answered: ${selector}`)
      if (answer.kind === 'refusal') sometimes(`question refused: ${answer.refusal.code}`)
      heard()
    })
    if (asked === null) return heard()
    if (isHostile() && random.percent(8))
      scheduler.after(random.between(0, 60), () => this.#peer.cancel(asked))
  }

  /** How it gets on, and what changed. What is told twice is told of two calls. */
  #tell(correlation: number): void {
    const { random, isHostile } = this.#ports
    const kind = random.weighted({ progress: 40, log: 30, updated: 20, listed: 10, odd: 6, huge: 3 })
    switch (kind) {
      case 'progress':
        this.#peer.notice(correlation, { event: 'progress', progress: random.word(), total: 9, extra: true })
        return
      case 'log':
        this.#peer.notice(correlation, { event: 'log', level: 'info' }, Buffer.from(`"${random.word()}"`))
        return
      case 'updated':
        this.#peer.notice(0, { event: 'resource-updated', uri: random.pick([...uris, ...this.#subscribed]) })
        return
      case 'listed':
        this.#peer.notice(0, { event: 'resources-changed' })
        return
      case 'odd':
        this.#peer.notice(
          correlation,
          random.pick<JsonObject>([{ event: 'held', call: 1 }, { event: 'progress' }]),
        )
        // About a call that is not its own: that ends the connection.
        if (isHostile() && random.percent(30)) this.#forge(correlation + random.between(1, 4))
        return
      case 'huge':
        this.#peer.notice(
          correlation,
          { event: 'log', level: 'error' },
          Buffer.alloc(random.pick([65_536, 65_537, 200_000]), 49),
        )
    }
  }

  #forge(correlation: number): void {
    const header = { event: 'progress', progress: this.#ports.random.word() }
    this.#end.write(encodeFrame({ kind: 'notice', correlation, header, body: new Uint8Array(0) }))
  }
}
