/** The part of the fold about the ledger's own safety. A recovery changed files, and nothing that the kernel knows. */
import type { Appliers } from '../evolve.ts'
import type { RecoveryBodies } from './event-bodies.ts'

/** The events about recoveries and safeguards. */
export const recoveryAppliers: Appliers<keyof RecoveryBodies> = {
  'ledger.recovered': () => {},
  'ledger.guarded': (state, { body: { head, mirror } }) => {
    state.safeguards = { head, mirror }
  },
}
