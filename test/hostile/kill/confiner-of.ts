/** The real rungs, by name, each loaded when it is asked for. */
import type { Confiner } from '../../../src/sandbox/boundary.ts'

/** The confiner of that rung. Throws when there is none of that name. */
export async function confinerOf(rung: string): Promise<Confiner> {
  switch (rung) {
    case 'bubblewrap':
      return (await import('../../../src/sandbox/bubblewrap/confiner.ts')).bubblewrapConfiner()
    case 'gvisor':
      return (await import('../../../src/sandbox/gvisor/confiner.ts')).gvisorConfiner()
    case 'landlock':
      return (await import('../../../src/sandbox/landlock/confiner.ts')).landlockConfiner()
    default:
      throw new Error(`there is no rung ${rung}`)
  }
}
