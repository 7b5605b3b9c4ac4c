/**
 * One call across two domains: dispatched here, asked there. The bytes are the very same, so what this domain's gate
 * judged is what the other's judges again. How it ends over there is how it ends here, and where nobody can know,
 * that is said.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Answer } from '../../wire/answer.ts'
import type { IncomingRequest, Served } from '../../wire/client.ts'
import type { GivingDomain } from './giving-domain.ts'

const maxReasonLength = 300

/** Carries one dispatch to the giving domain and its answer back. `from` is that domain's name. */
export async function relayCall(
  giving: GivingDomain,
  from: string,
  request: IncomingRequest,
): Promise<Served> {
  const { op, selector, progress, trace } = request.header as { readonly [name: string]: Json | undefined }
  if (op !== 'dispatch') return nothingElse
  const operation = typeof selector === 'string' ? giving.given.get(selector) : undefined
  if (operation === undefined) return failed(`domain ${from} does not give this; nothing was sent to it`)
  if (request.signal.aborted) return failed('cancelled before anything was sent')
  const beside = {
    ...(progress === true ? { progress: true } : {}),
    ...(typeof trace === 'string' ? { trace } : {}),
  }
  const answer = await giving.call(operation, beside, request.body, {
    signal: request.signal,
    onNotice: (notice) => passOn(request, notice),
  })
  return served(answer, from)
}

/** Progress is passed on; that a person is asked over there is not this domain's to know. */
function passOn(request: IncomingRequest, notice: JsonObject): void {
  if (notice['event'] === 'progress') request.notice(notice)
}

function served(answer: Answer, from: string): Served {
  switch (answer.kind) {
    case 'refusal':
      return failed(`domain ${from} refused: ${answer.refusal.code}: ${answer.refusal.message}`)
    case 'unsent':
      return failed(`domain ${from} does not answer; nothing was sent to it`)
    case 'lost':
      return inDoubt(`domain ${from} went away before it answered`)
    case 'reply':
      return ended(answer.header, answer.body, from)
  }
}

function ended(header: JsonObject, body: Uint8Array, from: string): Served {
  const { outcome, reason, form } = header
  const why = typeof reason === 'string' ? reason : ''
  if (outcome === 'done') return { kind: 'reply', header: { outcome: 'done' }, body }
  if (outcome === 'failed') return failed(why, body, form === 'error' ? { form } : {})
  const said = typeof outcome === 'string' ? outcome : 'nothing that is understood'
  return inDoubt(`domain ${from} says ${said}${why === '' ? '' : `: ${why}`}`)
}

function failed(reason: string, body: Uint8Array = new Uint8Array(), more: JsonObject = {}): Served {
  return { kind: 'reply', header: { outcome: 'failed', reason: cut(reason), ...more }, body }
}

function inDoubt(reason: string): Served {
  return { kind: 'reply', header: { outcome: 'in-doubt', reason: cut(reason) } }
}

function cut(text: string): string {
  return text.slice(0, maxReasonLength).toWellFormed()
}

const nothingElse: Served = {
  kind: 'refusal',
  refusal: { code: 'not-found', message: 'Another domain gives operations only.', needed: '', seq: null },
}
