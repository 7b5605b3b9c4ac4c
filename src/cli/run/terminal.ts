/**
 * The person's terminal, given to a program and taken back. A program that is killed leaves it raw, on the other
 * screen, with the mouse reporting; one that means harm makes it answer into the input that the next shell reads.
 * So its modes are kept and put back, everything that can be switched on is switched off, and what was typed or
 * answered in the meantime is thrown away.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A terminal whose state was kept. */
export interface KeptTerminal {
  /** Whether lines are being typed in the ordinary way, so that a line of ours disturbs nothing. */
  isOrdinary(): boolean
  /** Shows `text` where windows have their titles. The old title comes back at the end. */
  title(text: string): void
  /** Puts everything back. Idempotent. */
  restore(): Promise<void>
}

/**
 * What a program can have switched on, switched off: focus, mouse, bracketed paste, application keys and cursor
 * keys, other keyboards, synchronised output, insert and origin mode, character sets, colours; the cursor shown,
 * lines wrapped, the whole screen scrolling, the first screen. None of it moves the cursor.
 */
export const resetSequence: string = [
  '\u001B[?2026l',
  '\u001B[?1004l\u001B[?9l\u001B[?1000l\u001B[?1001l\u001B[?1002l\u001B[?1003l',
  '\u001B[?1005l\u001B[?1006l\u001B[?1015l\u001B[?1016l',
  '\u001B[?2004l\u001B[?1l\u001B>\u001B[>4;0m\u001B[=0u',
  '\u001B[?1047l\u001B[?5l\u001B[4l\u001B[20l\u001B[12l',
  '\u001B7\u001B[?6l\u001B[r\u001B8\u001B[?7h',
  '\u001B(B\u001B)B\u000F\u001B[0m\u001B[?25h\u001B[0 q',
].join('')

/** A request that every terminal answers, after everything that it was asked before. */
const question = '\u001B[5n'
const answer = '\u001B[0n'
const answerMs = 400
const pollMs = 5
/** A terminal that goes on talking is not waited for for ever. */
const drainBytes = 1_048_576

const device = '/dev/tty'

/** Keeps the state of the controlling terminal; null when there is none. */
export function keepTerminal(): KeptTerminal | null {
  const modes = stty('-g')
  if (modes === null || !isForeground()) return null
  let isTitled = false
  let isBack = false
  return {
    isOrdinary() {
      const shown = stty('-a') ?? ''
      return /(?:^|\s)icanon(?:;|\s|$)/u.test(shown) && /(?:^|\s)echo(?:;|\s|$)/u.test(shown)
    },
    title(text) {
      if (isBack || !isForeground()) return
      say(`${isTitled ? '' : '\u001B[22;2t'}\u001B]2;${text}\u001B\\`)
      isTitled = true
    },
    async restore() {
      if (isBack) return
      isBack = true
      // A shell that took the terminal back keeps its own modes, and would stop us for touching them.
      if (!isForeground()) return
      say(`${resetSequence}${isTitled ? '\u001B[23;2t' : ''}`)
      await dropInput()
      stty(modes.trim())
    },
  }
}

function say(text: string): void {
  withTerminal(constants.O_WRONLY, (descriptor) => void writeSync(descriptor, text))
}

/** Whether the terminal is ours now: field 8 of our status is the group that has it, field 5 is our own. */
function isForeground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1)?.split(' ') ?? []
    return fields[2] !== undefined && fields[2] === fields[5]
  } catch {
    return false
  }
}

function stty(...words: readonly string[]): string | null {
  const ran = spawnSync('stty', ['-F', device, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return ran.status === 0 ? ran.stdout : null
}

/**
 * Throws away what waits to be read. An answer may still be on its way, so the terminal is asked something itself:
 * it answers in order, and when that answer is there, so were all others.
 */
async function dropInput(): Promise<void> {
  // No echo and no lines: what comes must neither be shown nor wait for Enter.
  if (stty('raw', '-echo') === null) return
  say(question)
  const deadline = performance.now() + answerMs
  let seen = ''
  let bytes = 0
  while (performance.now() < deadline && bytes < drainBytes) {
    const chunk = readNow()
    bytes += chunk.length
    seen = (seen + chunk).slice(-64)
    if (seen.includes(answer)) return
    if (chunk === '') await sleep(pollMs)
  }
}

function readNow(): string {
  const buffer = Buffer.alloc(4_096)
  let text = ''
  withTerminal(constants.O_RDONLY | constants.O_NONBLOCK, (descriptor) => {
    text = buffer.toString('latin1', 0, readSync(descriptor, buffer))
  })
  return text
}

/** Opens the terminal for a moment. That it is gone, or has nothing to say, is no failure. */
function withTerminal(flags: number, body: (descriptor: number) => void): void {
  let descriptor: number | null = null
  try {
    descriptor = openSync(device, flags | constants.O_NOCTTY)
    body(descriptor)
  } catch {
    // Nothing waits, or the terminal was closed.
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}
