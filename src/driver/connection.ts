/**
 * A session joined to a running program: bytes in, bytes out, and one end for both. Whichever goes first
 * takes the other with it.
 */
import { setTimeout } from 'node:timers/promises'
import type { RunningProgram } from './program.ts'
import { McpSession } from './mcp-stdio.ts'

/** A program being spoken to. */
export interface Connection {
  readonly session: McpSession
  readonly program: RunningProgram
  /** Settles once with why it is over; the program has then been killed. */
  readonly ended: Promise<string>
  /** Ends it from this side. Idempotent. */
  close(reason: string): void
}

/** Joins a session to `program`. `toolsChanged` is called whenever the server says so. */
export function connectProgram(program: RunningProgram, toolsChanged: () => void): Connection {
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  const session = new McpSession({
    write: (bytes) => {
      program.stdin.write(bytes)
      return program.stdin.writableLength
    },
    ended: (reason) => {
      program.kill()
      program.stdout.destroy()
      resolve(reason)
    },
    toolsChanged,
  })
  // A broken pipe is seen as the program's exit or the end of its output, which say more.
  program.stdin.on('error', () => {})
  program.stdout.on('data', (chunk: Uint8Array) => session.receive(chunk))
  program.stdout.on('error', (error) => session.end(`the program's output failed: ${error.message}`))
  program.stdout.on('close', () => session.end('the program closed its output'))
  void endWithProgram(session, program)
  return { session, program, ended, close: (reason) => session.end(reason) }
}

async function endWithProgram(session: McpSession, program: RunningProgram): Promise<void> {
  const how = await program.exited
  // Answers may still lie in the pipe; its end follows at once unless somebody else holds it open.
  await setTimeout(100)
  session.end(`the program ${how}`)
}
