/**
 * The control's stage: a plain relay of its own for one attack, a good server called `files` beside the hostile
 * one, which is called `evil`, and two clients. The *victim* uses `files` only; the *mate* uses `evil`.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../harness/world.ts'
import type { Attack } from './attack.ts'
import { peakMebibytes, processesOf } from './processes-of.ts'
import { RelayClient } from './relay-client.ts'

const relayProgram = new URL('plain-relay.ts', import.meta.url).pathname
const hostileProgram = new URL('hostile-server.ts', import.meta.url).pathname
const honestProgram = new URL('honest-server.ts', import.meta.url).pathname
/** Enough for what a relay needs; a bomb then ends it sooner than this machine. */
const relayHeap = '--max-old-space-size=512'
/** The credential a relay was given for the hostile server, and the one for the good server. */
const keys = { evil: 'key-for-evil', files: 'key-for-files' } as const

/** A relay and everything around it. */
export class RelayStage {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'relay-'))
  readonly #programs: ChildProcess[] = []
  #relay: ChildProcess | null = null
  #clients: RelayClient[] = []
  /** How the relay ended, or null while it runs. */
  ended: string | null = null

  /** Starts the servers and the relay, and does not wait for it. */
  async start(group: string, attack: Attack): Promise<void> {
    for (const name of ['evil', 'files']) mkdirSync(join(this.folder, name))
    if (attack.isSignedFirst === true) writeFileSync(join(this.#place('evil'), 'signed'), '')
    const isHttp = attack.over === 'http'
    const hostile = [hostileProgram, group, attack.id, this.#place('evil')]
    const honest = isHttp ? [honestProgram, '--http', this.#place('files')] : [honestProgram]
    const servers = isHttp
      ? {
          evil: { url: await this.#serve('evil', hostile), key: keys.evil },
          files: { url: await this.#serve('files', honest), key: keys.files },
        }
      : { files: { args: honest }, evil: { args: hostile } }
    writeFileSync(join(this.folder, 'config.json'), JSON.stringify({ socket: this.#socket, servers }))
    this.#relay = this.#spawn([relayHeap, relayProgram, join(this.folder, 'config.json')])
    this.#relay.once('exit', (code, signal) => (this.ended = `exited with ${code ?? signal}`))
  }

  /** A client, or null when the relay takes none within `withinMs`. */
  async client(withinMs = 20_000): Promise<RelayClient | null> {
    const deadline = Date.now() + withinMs
    while (Date.now() < deadline && this.ended === null) {
      const client = existsSync(this.#socket) ? await RelayClient.connect(this.#socket) : null
      if (client !== null) {
        this.#clients.push(client)
        return client
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return null
  }

  /** Everything the hostile server got hold of. */
  get loot(): string {
    const file = join(this.#place('evil'), 'loot')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** The most memory the relay ever used, in MiB; 0 when it is gone. */
  get peakMebibytes(): number {
    return this.ended === null ? peakMebibytes(this.#relay?.pid ?? 0) : 0
  }

  /** Process ids of the hostile server and of what it started. */
  get hostileProcesses(): readonly number[] {
    return processesOf(this.#place('evil'))
  }

  /** Ends the relay in good order, so that what it should have ended can be looked for. */
  async stop(): Promise<void> {
    const relay = this.#relay
    if (relay === null || this.ended !== null) return
    relay.stdin?.end()
    await until(() => this.ended, 'the relay to end')
  }

  /** Ends everything that was started here. */
  async remove(): Promise<void> {
    for (const client of this.#clients) client.close()
    for (const program of this.#programs) program.kill('SIGKILL')
    await Promise.all(
      this.#programs
        .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
        .map((each) => new Promise((resolve) => each.once('exit', resolve))),
    )
    for (const pid of this.hostileProcesses) process.kill(pid, 'SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  get #socket(): string {
    return join(this.folder, 'relay.sock')
  }

  #place(name: string): string {
    return join(this.folder, name)
  }

  async #serve(name: string, args: readonly string[]): Promise<string> {
    this.#spawn(args)
    const file = join(this.#place(name), 'port')
    const port = await until(
      () => (existsSync(file) ? readFileSync(file, 'utf8') : null),
      `${name} to listen`,
    )
    return `http://127.0.0.1:${port}/mcp`
  }

  #spawn(args: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] })
    this.#programs.push(child)
    return child
  }
}
