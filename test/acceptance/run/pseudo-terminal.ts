/**
 * A command at a terminal, driven by a test: `script` gives it a pseudo terminal, and this plays the person and the
 * terminal emulator, which answers what it is asked as emulators do.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'

/** A shell line that runs at a terminal. */
export interface AtTerminal {
  /** Everything that was shown so far. */
  readonly shown: () => string
  /** Types text, as keys would. */
  readonly type: (text: string) => void
  /** Waits until what is shown contains `text`, after what was waited for before. */
  readonly sees: (text: string | RegExp) => Promise<void>
  /** Settles with the exit status. */
  readonly ended: Promise<number | null>
  readonly kill: () => void
}

/** What a terminal answers: where the cursor is, and that it is well. */
const answers: readonly (readonly [question: string, answer: string])[] = [
  ['\u001B[6n', '\u001B[7;7R'],
  ['\u001B[5n', '\u001B[0n'],
]

/** Where the first match ends, or null. */
function endOf(wanted: string | RegExp, text: string): number | null {
  if (typeof wanted === 'string') {
    const at = text.indexOf(wanted)
    return at < 0 ? null : at + wanted.length
  }
  const match = wanted.exec(text)
  return match === null ? null : match.index + match[0].length
}

/** Runs a shell line at a terminal of its own. */
export function atTerminal(line: string, cwd: string, env: NodeJS.ProcessEnv): AtTerminal {
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let text = ''
  let seen = 0
  let waiting: (() => void)[] = []
  child.stdin.on('error', () => {})
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (const [question, answer] of answers) {
      for (let count = chunk.split(question).length - 1; count > 0; count--) child.stdin.write(answer)
    }
    for (const wake of waiting.splice(0)) wake()
  })
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  // The process may be gone before all of its words were read.
  let isOver = false
  void ended.then(() => {
    isOver = true
    waiting.splice(0).forEach((wake) => wake())
  })
  async function sees(wanted: string | RegExp): Promise<void> {
    for (;;) {
      const end = endOf(wanted, text.slice(seen))
      if (end !== null) {
        seen += end
        return
      }
      if (isOver) throw new Error(`it ended without ${String(wanted)}:\n${text}`)
      await new Promise<void>((resolve) => void waiting.push(resolve))
    }
  }
  return {
    shown: () => text,
    type: (keys) => void child.stdin.write(keys),
    sees,
    ended,
    kill: () => void child.kill('SIGKILL'),
  }
}
