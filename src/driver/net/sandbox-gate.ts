/**
 * The gate as the proxy of one sandbox sees it: every request becomes a call of that sandbox's process, and is done
 * when the call comes back as a dispatch. What the kernel says no to is told with its reason and what would be needed.
 */
import { addressPins, egressArguments } from '../../sandbox/egress/terms.ts'
import type { EgressAnswer, EgressGate, EgressRequest, Perform } from '../../sandbox/egress/gate.ts'
import type { Answer } from '../../wire/answer.ts'
import type { SecretHead } from '../vault/secret.ts'
import type { SandboxAttachment } from './sandbox-attachment.ts'
import { chooseSelector } from './selector-choice.ts'
import type { WaitingRequests } from './waiting-requests.ts'

/** What the gate of one sandbox stands on. */
export interface SandboxGatePorts {
  readonly attachment: SandboxAttachment
  readonly waiting: WaitingRequests
  readonly headOf: (name: string) => SecretHead | null
}

/** The gate of one sandbox. */
export class SandboxGate implements EgressGate {
  readonly #ports: SandboxGatePorts

  constructor(ports: SandboxGatePorts) {
    this.#ports = ports
  }

  async pins(host: string): Promise<readonly string[]> {
    const { held } = await this.#ports.attachment.holdings()
    const named = held.flatMap(({ selectors, where }) =>
      [...selectors].flatMap((selector) => addressPins(where, selector, host)),
    )
    return [...new Set(named)]
  }

  async ask(request: EgressRequest, perform: Perform, gone: AbortSignal): Promise<EgressAnswer> {
    const { attachment, waiting, headOf } = this.#ports
    const { held, object } = await attachment.holdings()
    const values = egressArguments(request)
    const selector = chooseSelector(request, values, { held, headOf })
    if (!selector.ok) return refusedHere(selector.error)
    const bytes = new TextEncoder().encode(JSON.stringify(values))
    const performances: Promise<unknown>[] = []
    const trace = waiting.add({
      selector: selector.value,
      arguments: bytes,
      request,
      perform(signal, dress) {
        const performing = perform(signal, dress)
        performances.push(performing)
        return performing
      },
    })
    const answer = await attachment.call({ selector: selector.value, object, trace }, bytes, gone)
    waiting.drop(trace)
    if (performances.length === 0) return undone(answer)
    await Promise.all(performances)
    return { kind: 'performed' }
  }
}

/** The answer to a call of which nothing was done. */
function undone(answer: Answer): EgressAnswer {
  switch (answer.kind) {
    case 'refusal':
      return { kind: 'refused', ...answer.refusal }
    case 'reply': {
      const { outcome, reason } = answer.header
      const why = typeof reason === 'string' ? reason : ''
      if (outcome === 'failed') return refusedHere(why)
      const ended = typeof outcome === 'string' ? outcome : 'unknown'
      return { kind: 'unavailable', reason: `the call ended as ${ended}: ${why}` }
    }
    case 'lost':
    case 'unsent':
      return { kind: 'unavailable', reason: 'the gate is gone' }
  }
}

function refusedHere(message: string): EgressAnswer {
  return { kind: 'refused', code: 'argument-refused', message, needed: 'Another request.', seq: null }
}
