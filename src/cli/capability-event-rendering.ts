/**
 * What happened to capabilities, in words. Of calls that ended with them, those that had left already are named
 * by themselves: what they did until then stands.
 */
import { unreachable } from '../base/fault.ts'
import type { EndedCalls } from '../kernel/capability/event-bodies.ts'
import type { Event } from '../kernel/event.ts'
import { showCaveats } from './caveats-rendering.ts'
import type { Names } from './names.ts'
import { showObject, showProcess } from './names.ts'

type CapabilityEvent = Extract<
  Event,
  {
    readonly kind:
      | 'capability.granted'
      | 'capability.derived'
      | 'capability.moved'
      | 'capability.narrowed'
      | 'capability.revoked'
  }
>

/** One sentence, safe to print. */
export function showCapabilityEvent(event: CapabilityEvent, names: Names): string {
  switch (event.kind) {
    case 'capability.granted':
      return (
        `c${event.body.capability} on ${showObject(names, event.body.object)} was granted to ` +
        `${showProcess(names, event.body.holder)} as handle ${event.body.handle}`
      )
    case 'capability.derived':
      return (
        `c${event.body.capability} was derived from c${event.body.parent} for ` +
        `${showProcess(names, event.body.holder)} as handle ${event.body.handle}`
      )
    case 'capability.moved':
      return (
        `c${event.body.capability} moved from ${showProcess(names, event.body.from)} to ` +
        `${showProcess(names, event.body.holder)} as handle ${event.body.handle}${showEnded(event.body)}`
      )
    case 'capability.narrowed':
      return (
        `c${event.body.capability} and everything under it was narrowed: ` +
        `${showCaveats(event.body.caveats).join('; ')}${showEnded(event.body)}`
      )
    case 'capability.revoked':
      return `c${event.body.capability} and everything under it was revoked${showEnded(event.body)}`
    default:
      return unreachable(event)
  }
}

function showEnded({ cut, left = [] }: EndedCalls): string {
  if (cut.length === 0) return ''
  const undone = left.length === 0 ? '' : `; had left already, and cannot be undone: ${left.join(', ')}`
  return `; calls cut: ${cut.join(', ')}${undone}`
}
