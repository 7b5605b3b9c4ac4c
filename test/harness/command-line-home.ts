/**
 * A home that is used the way a person uses it: every step is a run of the `custos` command in a process of its
 * own, with a home, a key folder and a passphrase file that are thrown away afterwards.
 */
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '../../src/sdk/agent.ts'
import { connectAgent } from '../../src/sdk/agent.ts'
import { shareCompiledCode } from './compiled-code.ts'

const program = new URL('../../bin/custos.mjs', import.meta.url).pathname
const quick = `--import=${new URL('quick-passphrase.mjs', import.meta.url).href}`

/** How one command ended. */
export interface CommandRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** One home with its operator. */
export class CommandLineHome {
  /** Holds the home and whatever the test puts beside it. Canonical. */
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'ccl-')))
  readonly home: string = join(this.folder, 'h')
  readonly work: string = join(this.folder, 'work')
  readonly #env: NodeJS.ProcessEnv

  constructor() {
    mkdirSync(this.work)
    shareCompiledCode(this.home)
    const passphrase = join(this.folder, 'passphrase')
    writeFileSync(passphrase, 'a test passphrase\n', { mode: 0o600 })
    this.#env = {
      ...process.env,
      CUSTOS_HOME: this.home,
      CUSTOS_KEYS: join(this.folder, 'keys'),
      CUSTOS_PASSPHRASE_FILE: passphrase,
      CUSTOS_PORT: '0',
    }
  }

  #program: string = program

  /** The words that run the command, for a shell or a terminal to run. */
  get command(): readonly string[] {
    return [process.execPath, quick, this.#program]
  }

  /** The same home, used from now on through another copy of the program. */
  through(other: string): this {
    this.#program = other
    return this
  }

  /** What the command is given as its environment. */
  get env(): NodeJS.ProcessEnv {
    return this.#env
  }

  /** Starts one command in the work folder and does not wait. The caller ends it. */
  start(
    words: readonly string[],
    stdio: StdioOptions = ['ignore', 'pipe', 'pipe'],
    env: NodeJS.ProcessEnv = this.#env,
  ): ChildProcess {
    const [node = '', ...first] = this.command
    return spawn(node, [...first, ...words], { cwd: this.work, env, stdio })
  }

  /** Runs one command in the work folder to its end. */
  run(...words: readonly string[]): Promise<CommandRun> {
    const child = this.start(words)
    let [stdout, stderr] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (status) => resolve({ status, stdout, stderr }))
    })
  }

  /** Runs one command that has to succeed. */
  async must(...words: readonly string[]): Promise<CommandRun> {
    const ran = await this.run(...words)
    if (ran.status === 0) return ran
    throw new Error(`custos ${words.join(' ')} ended with ${ran.status}:\n${ran.stdout}\n${ran.stderr}`)
  }

  /** Writes a file into the work folder and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.work, name)
    writeFileSync(path, text)
    return path
  }

  /** Adds an agent and attaches as it. The caller closes it. */
  async agent(name: string): Promise<Agent> {
    const file = join(this.folder, `${name}.token`)
    await this.must('agent', 'add', name, '--token-file', file)
    return connectAgent({ home: this.home, token: readFileSync(file, 'utf8').trim() })
  }

  /** Stops everything and removes all files. */
  async remove(): Promise<void> {
    await this.run('down')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

/** Runs `test` in a fresh home that is up, and leaves nothing behind. */
export async function atCommandLine(test: (home: CommandLineHome) => Promise<void>): Promise<void> {
  const home = new CommandLineHome()
  try {
    await home.must('up')
    await test(home)
  } finally {
    await home.remove()
  }
}
