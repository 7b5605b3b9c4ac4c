/** Events about how processes run, in words: frozen, thawed, weighed, and their timers. */
import type { EventOf } from '../kernel/event.ts'
import { showInstant } from './duration.ts'
import { visibleShort } from './escape.ts'
import type { Names } from './names.ts'
import { showProcess } from './names.ts'

type Scheduling =
  | EventOf<'process.frozen'>
  | EventOf<'process.thawed'>
  | EventOf<'process.weighed'>
  | EventOf<'timer.set'>
  | EventOf<'timer.fired'>
  | EventOf<'timer.cancelled'>

/** What happened, in one sentence, safe to print. */
export function showScheduling(event: Scheduling, names: Names): string {
  const process = showProcess(names, event.body.process)
  switch (event.kind) {
    case 'process.frozen':
      return `${process} was frozen`
    case 'process.thawed':
      return `${process} was thawed`
    case 'process.weighed':
      return `${process} has weight ${event.body.weight} and priority ${event.body.priority}`
    case 'timer.set':
      return `${process} set a timer for ${showInstant(event.body.dueAt)}${noted(event.body.note)}`
    case 'timer.fired':
      return `timer ${event.body.timer} of ${process} fired`
    case 'timer.cancelled':
      return `timer ${event.body.timer} of ${process} was cancelled`
  }
}

function noted(note: string): string {
  return note === '' ? '' : `: ${visibleShort(note, 300)}`
}
