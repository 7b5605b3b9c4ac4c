/**
 * MCP on standard input and output, for one agent: what `custos mcp` runs. Messages go to standard output and
 * nothing else does; the program ends when its input does.
 */
import { randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { LineWriter } from '../mcp/line-writer.ts'
import { maxMessageBytes } from './mcp/message.ts'
import { OpenRounds } from './mcp/open-rounds.ts'
import { RequestStates } from './mcp/request-state.ts'
import { TaskTable } from './mcp/task-table.ts'
import { LineReader } from './stdio/line-reader.ts'
import type { StdioClient } from './stdio/stdio-server.ts'
import { StdioServer } from './stdio/stdio-server.ts'

export type { StdioClient } from './stdio/stdio-server.ts'

/** Bytes that may wait for a client that does not read. */
const maxUnreadBytes = 16_777_216

/** Serves `client` until `input` ends, or until it reads no more. `log` hears one line for people at a time. */
export async function serveStdio(
  client: StdioClient,
  input: Readable,
  output: Writable,
  log: (line: string) => void,
): Promise<void> {
  const out = new LineWriter(output, {
    maxUnreadBytes,
    onUnread() {
      log('the client does not read what it is sent')
      input.destroy()
    },
  })
  const room = {
    rounds: new OpenRounds(),
    states: new RequestStates(randomBytes(32)),
    tasks: new TaskTable(),
  }
  const server = new StdioServer(client, room, (message) => out.write(Buffer.from(message)))
  output.once('error', () => input.destroy())
  const why = await server.whyNotAttached()
  if (why !== null) log(why)
  const lines = new LineReader(maxMessageBytes)
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>)
      for (const line of lines.push(chunk)) void server.line(line)
  } catch (problem) {
    if (!input.destroyed) throw problem
  } finally {
    server.close()
    out.flush()
  }
}
