/** Is everything that was acknowledged still there, at the place that was named, saying the same? */
import type { Event } from '../../../src/kernel/event.ts'
import type { Acknowledgement } from '../acknowledgement.ts'
import type { Evidence } from '../evidence.ts'

/** What was acknowledged and is not so. */
export function judgeAcknowledgements({ batches, notes, acknowledgements }: Evidence): readonly string[] {
  const records = batches.flatMap((batch) => batch.records)
  const events = new Map(records.map(({ event }) => [event.seq as number, event]))
  return acknowledgements.flatMap((told) => {
    const event = events.get(told.seq)
    const what = `event ${told.seq} (acknowledged: ${JSON.stringify(told)})`
    if (event === undefined) return [`${what} is lost`]
    if (!says(event, told)) return [`${what} is now ${event.kind} ${JSON.stringify(event.body)}`]
    if (told.what !== 'outcome' || notes.get(told.call)?.id === told.id) return []
    return [`${what} is of a call with other arguments`]
  })
}

function says(event: Event, told: Acknowledgement): boolean {
  switch (told.what) {
    case 'outcome':
      return (
        event.kind === 'call.settled' && event.body.call === told.call && event.body.outcome === told.outcome
      )
    case 'refusal':
      return (
        event.kind === 'syscall.refused' &&
        event.body.process === told.process &&
        event.body.code === told.code
      )
    case 'derived':
      return event.kind === 'capability.derived' && event.body.capability === told.capability
    case 'revoked':
      return event.kind === 'capability.revoked' && event.body.capability === told.capability
  }
}
