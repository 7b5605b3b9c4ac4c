/** The serving end of a reference in a process of its own: takes loads from its parent, answers with slices. */
import type { Load } from '../kernel/agent-process.ts'
import { closedLoop } from '../measure/closed-loop.ts'

/** Callers made ready for one slice. */
export interface Callers {
  /** One operation of a caller that has none under way. */
  call(): Promise<void>
  end(): Promise<void>
}

/** Says that this process is ready and serves loads until its parent is gone. */
export function serveLoads(begin: (inFlight: number) => Promise<Callers>): void {
  const serve = async ({ inFlight, sliceMs }: Load): Promise<void> => {
    const callers = await begin(inFlight)
    const slice = await closedLoop(() => callers.call(), inFlight, sliceMs)
    await callers.end()
    process.send?.(slice)
  }
  process.on('message', (load: Load) => void serve(load))
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}
