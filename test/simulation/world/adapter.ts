/**
 * A simulated adapter with a driver behind it that may be good, slow, mute, confused or dying. It speaks the
 * real protocol through a Peer, except where it breaks it on purpose.
 */
import { encodeFrame } from '../../../src/wire/frame.ts'
import { Peer } from '../../../src/wire/peer.ts'
import type { AskerPorts } from './asker.ts'
import { Asker } from './asker.ts'
import type { KernelHost } from './kernel-host.ts'
import { offer } from './manifests.ts'
import type { WireEnd } from './wire.ts'

/** What an adapter stands on. */
export interface AdapterPorts extends AskerPorts {
  readonly host: KernelHost
  exited(how: string): void
}

const manners = {
  answer: 780,
  fail: 70,
  late: 60,
  mute: 25,
  crash: 12,
  twice: 8,
  another: 8,
  garbage: 8,
  flood: 4,
} as const

/** What the supervisor told it. */
export interface AdapterTask {
  readonly secret: string
  /** Version of its program. */
  readonly version: number
}

/** One incarnation of one adapter. */
export class Adapter {
  readonly #ports: AdapterPorts
  readonly #task: AdapterTask
  #end: WireEnd | null = null
  #isOver = false
  /** Requests that are not answered yet: even a confused adapter's Peer answers each once. */
  readonly #open = new Set<number>()

  constructor(task: AdapterTask, ports: AdapterPorts) {
    this.#task = task
    this.#ports = ports
    ports.scheduler.after(ports.random.between(1, 8), () => this.#connect())
  }

  /** Its process is gone. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Its process is gone, at once. */
  kill(how: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#end?.die()
    this.#ports.scheduler.after(1, () => this.#ports.exited(how))
  }

  #connect(): void {
    const { random, host, scheduler, isHostile } = this.#ports
    const end = this.#isOver ? null : host.connect('driver')
    if (end === null) return this.kill('no kernel listens')
    const peer: Peer = new Peer({
      side: 'connector',
      transport: end,
      credit: random.pick([1, 2, 8, 64]),
      scheduleFlush: (flush) => scheduler.microtask(flush),
      handler: {
        onRequest: (correlation, header, body) => {
          this.#open.add(correlation)
          if (header['op'] === 'list') return this.#list(peer, correlation)
          if (header['selector'] === 'resources/subscribe') asker.subscribed(body)
          asker.serving(correlation, header, () => this.#serve(peer, correlation))
        },
        onCancel: (correlation) => {
          if (!isHostile() || random.percent(90)) this.#answer(peer, correlation, 'failed', 1)
        },
        onClosed: () => this.kill('its connection ended'),
      },
    })
    const asker = new Asker(peer, end, this.#ports)
    end.receiver = peer
    this.#end = end
    const { secret, version } = this.#task
    peer.hello({ secret }, offer(random, version, isHostile() && random.percent(6)))
  }

  /** What there is to read now: more than any one agent may. */
  #list(peer: Peer, correlation: number): void {
    const { random, isHostile } = this.#ports
    const page = ['a', 'b', 'b/c', '../etc'].map((name) => ({ uri: `file:///data/${name}`, name }))
    const body =
      isHostile() && random.percent(15)
        ? random.bytes(9)
        : Buffer.from(JSON.stringify([...page, { uri: 7 }, 'x']))
    this.#ports.scheduler.after(random.below(12), () => {
      if (!this.#isOver && this.#open.delete(correlation)) peer.reply(correlation, { next: null }, body)
    })
  }

  /** Answers a call, one way or another. Withdrawn ones may be over by now. */
  #serve(peer: Peer, correlation: number): void {
    const { random, isHostile } = this.#ports
    if (this.#isOver || !this.#open.has(correlation)) return
    const manner = isHostile() ? random.weighted(manners) : 'answer'
    if (manner !== 'answer' && manner !== 'fail') this.#ports.sometimes(`fault: adapter ${manner}`)
    switch (manner) {
      case 'answer':
        return this.#answer(peer, correlation, 'done', random.below(12))
      case 'fail':
        return this.#answer(peer, correlation, 'failed', random.below(12))
      case 'late':
        return this.#answer(peer, correlation, 'done', random.between(200, 4_000))
      case 'mute':
        return
      case 'crash':
        return this.kill('it crashed')
      case 'twice':
        this.#open.delete(correlation)
        this.#forge(correlation)
        return this.#forge(correlation)
      case 'another':
        return this.#forge(correlation + random.between(1, 3))
      case 'garbage':
        this.#end?.write(random.bytes(random.between(1, 60)))
        return
      case 'flood':
        for (let count = 0; count < 20; count += 1) peer.notice(0, { event: 'noise', count })
    }
  }

  #answer(peer: Peer, correlation: number, outcome: 'done' | 'failed', delayMs: number): void {
    this.#ports.scheduler.after(delayMs, () => {
      if (!this.#isOver && this.#open.delete(correlation)) this.#reply(peer, correlation, outcome)
    })
  }

  #reply(peer: Peer, correlation: number, outcome: 'done' | 'failed'): void {
    const header = outcome === 'done' ? { outcome } : { outcome, reason: 'the driver says no' }
    peer.reply(correlation, header, Buffer.from(`{"answer":${correlation}}`))
  }

  #forge(correlation: number): void {
    const body = Buffer.from('{"forged":true}')
    this.#end?.write(encodeFrame({ kind: 'reply', correlation, header: { outcome: 'done' }, body }))
  }
}
