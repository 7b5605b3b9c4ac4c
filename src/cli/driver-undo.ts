/**
 * What happens to files that were made for an order that then was not given. Until the order is sent, every
 * failure and every interruption takes them back. From then on only a clear no does: if the answer was lost,
 * the order may stand, and it needs its files.
 */
import { exitCodes, mayStand } from './exit.ts'

/** Does what comes before signing; a failure or an interruption calls `undo`, which must be synchronous. */
export async function orUndo<T>(undo: () => void, work: () => Promise<T>): Promise<T> {
  const interrupted = (): void => {
    undo()
    process.exit(exitCodes.usage)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await work()
  } catch (problem) {
    undo()
    throw problem
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

/** Signs and sends; calls `undo` when it is certain that the order was not accepted. */
export async function orUndoIfRefused<T>(undo: () => void, sign: () => Promise<T>): Promise<T> {
  try {
    return await sign()
  } catch (problem) {
    if (!mayStand(problem)) undo()
    throw problem
  }
}
