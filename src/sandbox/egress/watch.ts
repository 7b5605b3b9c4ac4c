/**
 * When an exchange must end before its time: its call was withdrawn or revoked, nothing moves any more, or it took
 * too long. One signal says all of it, and a word says which.
 */

/** Watches one exchange or tunnel. */
export interface Watch {
  readonly signal: AbortSignal
  /** Why it aborted; empty before that. */
  readonly why: string
  /** Something moved. */
  touch(): void
  /** Stops watching; the signal stays as it is. */
  stop(): void
}

/** Begins to watch. `ends` are other signals that end it, each with what to say. */
export function watch(
  times: { readonly idleMs: number; readonly totalMs: number },
  ends: readonly (readonly [signal: AbortSignal, why: string])[],
): Watch {
  const controller = new AbortController()
  let why = ''
  const end = (reason: string): void => {
    if (controller.signal.aborted) return
    why = reason
    controller.abort(new Error(reason))
  }
  const idle = setTimeout(end, times.idleMs, 'nothing moved for too long')
  const total = setTimeout(end, times.totalMs, 'it took too long')
  const listeners = ends.map(([signal, reason]) => {
    const listener = (): void => end(reason)
    if (signal.aborted) listener()
    signal.addEventListener('abort', listener, { once: true })
    return () => signal.removeEventListener('abort', listener)
  })
  return {
    signal: controller.signal,
    get why() {
      return why
    },
    touch: () => void idle.refresh(),
    stop() {
      clearTimeout(idle)
      clearTimeout(total)
      for (const remove of listeners) remove()
    },
  }
}

/** What broke, in words that are ours or a code of the system: servers choose the texts of some errors. */
export function whyBroken(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)) return `the connection broke: ${code}`
  return typeof message === 'string' ? message.slice(0, 200) : 'it broke'
}
