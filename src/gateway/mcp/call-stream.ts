/**
 * Keeps the client of one call informed and patient: passes on the driver's progress and log lines under the
 * client's own token, and speaks up every ten seconds while a person decides, because clients give up after a
 * minute of silence.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Audience } from './kernel-call.ts'
import { notificationMessage } from './message.ts'
import type { PendingCall } from './pending-call.ts'
import type { Reply } from './reply.ts'

const patienceMs = 10_000
/** Progress that is not the driver's moves by this much, so that the driver's own still moves forward. */
const tick = 1e-6

/** Tells one client of one call, until it is stopped. */
export class CallStream implements Audience {
  readonly #call: PendingCall
  readonly #reply: Reply
  readonly #progressToken: string | number | null
  readonly #timer: NodeJS.Timeout
  readonly #silence: () => void
  #last = -tick
  #saidHeld = false

  constructor(call: PendingCall, reply: Reply, progressToken: string | number | null) {
    this.#call = call
    this.#reply = reply
    this.#progressToken = progressToken
    this.#timer = setInterval(() => this.#speakUp(), patienceMs)
    this.#silence = call.onChange(() => this.#look())
    this.#look()
  }

  progress(progress: number, total: number | null, message: string | null): void {
    if (this.#progressToken === null) return
    // What a client is told must increase, whatever the driver says.
    this.#last = progress > this.#last ? progress : this.#last + tick
    this.#tellProgress({
      ...(total === null ? {} : { total }),
      ...(message === null ? {} : { message }),
    })
  }

  log(level: string, logger: string | null, data: Json): void {
    this.#reply.send(
      notificationMessage('notifications/message', { level, ...(logger === null ? {} : { logger }), data }),
    )
  }

  lull(): void {
    this.#reply.pause()
  }

  /** Says nothing more. */
  stop(): void {
    clearInterval(this.#timer)
    this.#silence()
  }

  /** The first word about a held call comes at once. */
  #look(): void {
    if (this.#call.held === null || this.#saidHeld) return
    this.#saidHeld = true
    this.#speakUp()
  }

  #speakUp(): void {
    if (this.#call.held === null || this.#progressToken === null) return this.#reply.keepAlive()
    this.#last += tick
    this.#tellProgress({ message: this.#call.status })
  }

  #tellProgress(about: JsonObject): void {
    const params = { progressToken: this.#progressToken, progress: this.#last, ...about }
    this.#reply.send(notificationMessage('notifications/progress', params))
  }
}
