/**
 * Tells a person that a run waits for them. A line on standard error says how to decide, unless the program has the
 * screen for itself: then only the window's title says it, and the line follows when the program is over.
 */
import type { CheckedApproval } from '../approval-check.ts'
import { adviceIn } from '../domain-advice.ts'
import { visible, visibleShort } from '../escape.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf } from '../kernel-client.ts'
import type { KeptTerminal } from './terminal.ts'

const lookMs = 400
const shownCharacters = 120

/** What the watch looks at and speaks to. */
export interface HeldWatchOptions {
  readonly kernel: Pick<KernelClient, 'query' | 'ground'>
  /** The run's process. */
  readonly process: number
  /** The person's terminal, or null when nothing of ours can disturb one. */
  readonly terminal: Pick<KeptTerminal, 'isOrdinary' | 'title'> | null
  readonly say: (line: string) => void
}

/** A watch over the held calls of one run. */
export interface HeldWatch {
  /** Looks once; used by tests and by the watch itself. Never rejects. */
  look(): Promise<void>
  /** Stops looking and says what could not be said before, as far as it still waits. */
  stop(): Promise<void>
}

/** Begins to watch. */
export function watchHeld(options: HeldWatchOptions): HeldWatch {
  const { kernel, process, terminal, say } = options
  const told = new Set<number>()
  let unsaid = new Map<number, string>()
  let isOver = false
  async function look(): Promise<void> {
    const held = await heldOf(kernel, process).catch(() => null)
    if (held === null) return
    unsaid = new Map([...unsaid].filter(([call]) => held.some((one) => one.call === call)))
    for (const one of held) {
      if (told.has(one.call)) continue
      told.add(one.call)
      if (terminal === null || isOver || terminal.isOrdinary()) say(remarkOn(one, kernel.ground.domain))
      else unsaid.set(one.call, remarkOn(one, kernel.ground.domain))
    }
    if (terminal !== null && unsaid.size > 0 && !isOver)
      terminal.title(`custos: ${unsaid.size} wait for you — custos approvals`)
  }
  let looking: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, lookMs)
  return {
    look,
    async stop() {
      clearInterval(timer)
      await looking
      isOver = true
      await look()
      for (const line of unsaid.values()) say(line)
    },
  }
}

async function heldOf(
  kernel: HeldWatchOptions['kernel'],
  process: number,
): Promise<readonly { readonly call: number; readonly checked: CheckedApproval | null }[]> {
  const entries = listOf(await kernel.query('approvals')).filter(
    (entry) => numberOf(entry, 'process') === process,
  )
  if (entries.length === 0) return []
  // Much of the system is behind it, and most runs are never held.
  const { checkApproval } = await import('../approval-check.ts')
  return entries.map((entry) => {
    const checked = checkApproval(entry, kernel.ground)
    return { call: numberOf(entry, 'call'), checked: checked.ok ? checked.value : null }
  })
}

function remarkOn(
  { call, checked }: { readonly call: number; readonly checked: CheckedApproval | null },
  domain: string,
): string {
  const what = checked === null ? 'a call' : `${visible(checked.selector)} ${argumentsOf(checked)}`
  const advice = adviceIn(domain, `custos approve ${call}, or custos deny ${call}`)
  return `custos: this waits for you: ${what}: ${advice}`
}

/** The part that says most comes first in the arguments of requests; the whole is shown before anything is signed. */
function argumentsOf({ argumentBytes }: CheckedApproval): string {
  return visibleShort(Buffer.from(argumentBytes).toString('utf8'), shownCharacters)
}
