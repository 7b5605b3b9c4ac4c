/**
 * A server of `server/` in a process of its own, as the suite and Custos reach it, and what has reached it: the
 * only witness of whether a refused call was really stopped.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Which server: `everything` for the suite, the same as a server that speaks revisions with sessions only, or
 * `jobs` for the suite's tasks.
 */
export type FixtureName = 'everything' | 'everything legacy' | 'jobs'

/** A running server. */
export class FixtureServer {
  readonly url: string
  readonly #child: ChildProcess

  constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  /** Starts it and returns when it listens. Throws when it ends first. */
  static async start(name: FixtureName): Promise<FixtureServer> {
    const [file = '', ...args] = name.split(' ')
    const program = fileURLToPath(new URL(`server/${file}.mjs`, import.meta.url))
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { readonly url: string }
      return new FixtureServer(url, child)
    }
    throw new Error(`the server ${name} ended before it listened`)
  }

  /** What reached it since it was last told to forget: methods, with the name or address they are about. */
  async seen(): Promise<readonly string[]> {
    return (await (await fetch(new URL('/seen', this.url))).json()) as readonly string[]
  }

  /** Forgets what it has seen. */
  async forget(): Promise<void> {
    await fetch(new URL('/seen', this.url), { method: 'DELETE' })
  }

  /** Ends it. */
  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
  }
}
