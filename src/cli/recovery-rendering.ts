/** Recoveries and safeguards of the ledger in words, safe to print. */
import type { EventOf } from '../kernel/event.ts'
import { visible } from './escape.ts'

/** What happened, in one sentence. */
export function showRecoveryEvent(event: EventOf<'ledger.recovered' | 'ledger.guarded'>): string {
  if (event.kind === 'ledger.guarded') {
    const { head, mirror } = event.body
    const mirrors = {
      none: 'without a mirror',
      kept: 'with a mirror',
      lost: 'without its mirror, which was lost',
    }
    return `the ledger is kept ${head ? 'with' : 'without'} a head record and ${mirrors[mirror]}`
  }
  const { repaired, more, setAside, remarks, accepted } = event.body
  const files = repaired.map(({ copy, file, bytes }) => `${visible(file)} of the ${copy} (${bytes} bytes)`)
  const parts = [
    ...(files.length === 0 ? [] : [`put right ${files.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]),
    ...(setAside === null
      ? []
      : [
          `set aside ${setAside.bytes} bytes from event ${setAside.from} on${setAside.doubtful ? ', which were doubtful' : ''}`,
        ]),
    ...remarks.map(visible),
    ...(accepted === null ? [] : ['an operator signed that the ledger goes on without what was lost']),
  ]
  return `opening the ledger: ${parts.join('; ')}`
}
