/**
 * A disk that is full: a small tmpfs over a home's `domains` folder, in a mount namespace of its own, so that
 * nothing of it is left when its holder ends. The kernel is started inside; the test looks in through /proc.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestHome } from './kernel-process.ts'
import { until } from './world.ts'

/** Sizes in MiB. One segment of the ledger is 16; beside the ballast a second one does not fit. */
const sizes = { whole: 56, ballast: 34 } as const

/** The disk under one home's ledger. */
export class TinyDisk {
  /** What starts a program that sees the disk. */
  readonly wrapper: readonly string[]
  readonly #holder: ChildProcess
  readonly #folder: string

  constructor(holder: ChildProcess, folder: string, namespaces: readonly string[]) {
    this.#holder = holder
    this.#folder = folder
    this.wrapper = ['nsenter', '-t', String(holder.pid), ...namespaces]
  }

  /** The ledger folder as the test sees it. */
  get ledger(): string {
    return join(this.#folder, 'main', 'ledger')
  }

  /** Makes room. */
  free(): void {
    rmSync(join(this.#folder, 'ballast'))
  }

  /** Takes the room again. */
  fill(): void {
    writeFileSync(join(this.#folder, 'ballast'), Buffer.alloc(sizes.ballast * 1024 * 1024))
  }

  /** Unmounts it, by ending its holder. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.once('exit', resolve))
    this.#holder.kill('SIGKILL')
    await ended
  }
}

/** Puts a full disk under `home`, or says why this machine cannot. */
export async function mountTinyDisk(home: TestHome): Promise<TinyDisk | string> {
  const domains = join(home.folder, 'domains')
  const ready = join(home.folder, 'mounted')
  const script = `
    cp -a "$1" "$1.kept" && mount -t tmpfs -o size=${sizes.whole}m,mode=700 none "$1" && cp -a "$1.kept/." "$1" &&
    head -c ${sizes.ballast}M /dev/zero > "$1/ballast" && touch "$2" && exec sleep 600`
  const isRoot = process.getuid?.() === 0
  const unshare = isRoot ? ['-m'] : ['-U', '-r', '-m']
  const holder = spawn('unshare', [...unshare, 'sh', '-c', script, 'disk', domains, ready], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  let isOver = false
  holder.once('exit', () => (isOver = true))
  holder.once('error', () => (isOver = true))
  await until(() => (isOver || existsSync(ready) ? true : null), 'the disk to be mounted')
  if (isOver) return `no file system can be mounted here: ${said.trim()}`
  const namespaces = isRoot ? ['-m'] : ['-U', '--preserve-credentials', '-m']
  return new TinyDisk(holder, `/proc/${holder.pid}/root${domains}`, namespaces)
}
