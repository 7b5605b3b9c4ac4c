/**
 * Signals while a program runs. The terminal sends its own to the whole group, the program among them, so this
 * process only has to not die of them: Ctrl-C is the program's to answer. Twice within a second is a person who
 * wants it gone, and then it is killed. What is sent to this process alone means the program.
 */

/** How close together two interrupts must be. */
export const twiceMs = 1_000

/** What signals do. */
export interface SignalActions {
  /** The person wants it gone at once. */
  readonly kill: () => void
  /** One interrupt. */
  readonly interrupt: () => void
  /** This process was asked to end, by somebody who reaches only it. */
  readonly end: (signal: NodeJS.Signals) => void
}

/** Two interrupts in a row, told apart from two that are not. Times are milliseconds of any clock. */
export class InterruptCount {
  #last = Number.NEGATIVE_INFINITY

  /** True when this interrupt is the second within a second. */
  isSecond(now: number): boolean {
    const isSecond = now - this.#last <= twiceMs
    this.#last = isSecond ? Number.NEGATIVE_INFINITY : now
    return isSecond
  }
}

/** Listens until the returned function is called. */
export function onSignals({ kill, interrupt, end }: SignalActions): () => void {
  const count = new InterruptCount()
  const interrupted = (): void => {
    if (count.isSecond(performance.now())) kill()
    else interrupt()
  }
  const ignored = (): void => {}
  const ended = (signal: NodeJS.Signals): void => end(signal)
  process.on('SIGINT', interrupted)
  process.on('SIGQUIT', ignored)
  process.on('SIGHUP', ended)
  process.on('SIGTERM', ended)
  return () => {
    process.off('SIGINT', interrupted)
    process.off('SIGQUIT', ignored)
    process.off('SIGHUP', ended)
    process.off('SIGTERM', ended)
    ignoreRest()
  }
}

/**
 * Whoever presses once more than was needed meant the program, and would end us before we said what became of it:
 * until a second goes by without an interrupt, none counts.
 */
function ignoreRest(): void {
  const rest = setTimeout(() => process.off('SIGINT', again), twiceMs).unref()
  const again = (): void => void rest.refresh()
  process.on('SIGINT', again)
}
