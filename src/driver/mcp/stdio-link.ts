/**
 * The link to a program that speaks MCP over its standard input and output, one message a line. Whichever side
 * ends takes the other with it. A line without end and a program that does not read are the two ways in which
 * pipes can be used to fill our memory; both end the link.
 */
import { setTimeout } from 'node:timers/promises'
import { LineWriter } from '../../mcp/line-writer.ts'
import { LineSplitter } from '../line-splitter.ts'
import type { RunningProgram } from '../program.ts'
import type { LinkOwner, ServerLink } from './link.ts'

/** Bounds on one program. */
export const stdioLimits = {
  lineBytes: 4_194_304,
  /** Bytes we wrote that the program has not read. */
  unreadBytes: 33_554_432,
} as const

/** Answers may still lie in the pipe of a program that exited; its end follows unless somebody holds it open. */
const lastWordsMs = 100

/** Links to `program`, which is killed when the link ends. */
export function openStdioLink(program: RunningProgram, owner: LinkOwner): ServerLink {
  const lines = new LineSplitter(stdioLimits.lineBytes)
  let isOver = false
  const close = (reason: string): void => {
    if (isOver) return
    isOver = true
    program.kill()
    program.stdout.destroy()
    owner.ended(reason)
  }
  const take = (chunk: Uint8Array): void => {
    if (isOver) return
    const isWhole = lines.push(chunk, (line) => {
      if (!isBlank(line)) owner.received(line, null)
      return !isOver
    })
    if (!isWhole) close(`the program wrote a line longer than ${stdioLimits.lineBytes} bytes`)
  }
  const out = new LineWriter(program.stdin, {
    maxUnreadBytes: stdioLimits.unreadBytes,
    onUnread: () => close('the program does not read its input'),
  })
  // A broken pipe is seen as the program's exit or the end of its output, which say more.
  program.stdin.on('error', () => {})
  program.stdout.on('data', take)
  program.stdout.on('error', (error) => close(`the program's output failed: ${error.message}`))
  program.stdout.on('close', () => close('the program closed its output'))
  void closeWithProgram(program, close)
  return {
    kind: 'stdio',
    send(message) {
      if (!isOver) out.write(message)
    },
    abandon() {},
    close,
  }
}

async function closeWithProgram(program: RunningProgram, close: (reason: string) => void): Promise<void> {
  const how = await program.exited
  await setTimeout(lastWordsMs)
  close(`the program ${how}`)
}

function isBlank(line: Uint8Array): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d)
}
