/**
 * Questions to the person at the terminal. Prompts go to standard error, so that standard output stays
 * what the command promised. Without a terminal nothing is asked: the command says which flag to use.
 */
import { createInterface } from 'node:readline/promises'
import { CommandFailure, exitCodes, usageFailure } from './exit.ts'

/** True when there is a person to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks one question and returns the trimmed answer, or `fallback` when it is empty. */
export async function ask(question: string, fallback: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const aborted = new Promise<never>((_resolve, reject) => {
    lines.once('SIGINT', () => reject(interrupted()))
    lines.once('close', () => reject(interrupted()))
  })
  try {
    const answer = await Promise.race([lines.question(question), aborted])
    return answer.trim() === '' ? fallback : answer.trim()
  } finally {
    aborted.catch(() => {})
    lines.close()
  }
}

/** Asks for a yes; everything but a clear yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `, 'n'))
}

/** Asks for a secret without showing it. */
export async function askSecret(question: string): Promise<string> {
  if (!canAsk()) {
    throw usageFailure(
      'a passphrase is needed and there is no terminal to ask at',
      'use --passphrase-file FILE',
    )
  }
  process.stderr.write(question)
  const input = process.stdin
  input.setRawMode(true)
  input.resume()
  try {
    return await readSecretLine(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    process.stderr.write('\n')
  }
}

/** Reads bytes until Enter; backspace and Ctrl-U edit, Ctrl-C and Ctrl-D abort. */
function readSecretLine(input: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const decoder = new TextDecoder()
    function finish(end: () => void): void {
      input.off('data', onData)
      end()
    }
    function onData(chunk: Buffer): void {
      for (const character of decoder.decode(chunk, { stream: true })) {
        if (character === '\r' || character === '\n') return finish(() => resolve(typed.join('')))
        if (character === '\u0003' || character === '\u0004') return finish(() => reject(interrupted()))
        if (character === '\u007f' || character === '\b') typed.pop()
        else if (character === '\u0015') typed = []
        else typed.push(character)
      }
    }
    input.on('data', onData)
  })
}

function interrupted(): CommandFailure {
  return new CommandFailure(exitCodes.usage, 'interrupted; nothing was done')
}
