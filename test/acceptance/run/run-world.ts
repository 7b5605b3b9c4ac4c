/**
 * A home in which programs are run inside boundaries, for the tests of `custos run`: one for each file of tests,
 * because starting it takes longer than most of them. Servers that programs may reach listen on loopback, and are
 * reached under a name that a grant gives an address to.
 */
import type { ChildProcess } from 'node:child_process'
import { chmodSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CommandLineHome } from '../../harness/command-line-home.ts'

/** A server on loopback. */
export interface LocalServer {
  /** What `--net` takes to let a run reach it as `mirror.test`. */
  readonly net: string
  /** Its address inside a run. */
  readonly url: string
  readonly requests: string[]
  close(): Promise<void>
}

/** Serves on a free port of 127.0.0.1 until it is closed. */
export async function localServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    net: `mirror.test:${port}=127.0.0.1`,
    url: `http://mirror.test:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** A home that is up. The caller removes it. */
export async function runHome(): Promise<CommandLineHome> {
  const home = new CommandLineHome()
  // What is run is nobody in particular, and has to get to its folder.
  chmodSync(home.folder, 0o755)
  await home.must('up')
  return home
}

/** Waits until `look` finds something; a machine that is busy with other things may take its time. */
export async function until<T>(look: () => T | null | Promise<T | null>, what: string): Promise<T> {
  for (const deadline = Date.now() + 90_000; Date.now() < deadline;) {
    const found = await look()
    if (found !== null) return found
    await new Promise((resolve) => void setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain for ${what}`)
}

/** What a started command has said so far, and how it ended. */
export interface Listened {
  readonly said: () => string
  readonly ended: Promise<number | null>
}

/** Listens to a started command. */
export function listen(child: ChildProcess): Listened {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  const ended = new Promise<number | null>((resolve) => void child.once('close', resolve))
  return { said: () => text, ended }
}
