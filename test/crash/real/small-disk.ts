/**
 * A small ext4 of its own: a file, mounted through a loop device in a mount namespace that ends with its holder.
 * Programs get in with `wrapper`; the test looks in through /proc.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A mounted disk. */
export interface SmallDisk {
  /** Its root, as this process sees it, and as a program sees it that is started with `wrapper`. */
  readonly seen: string
  readonly inside: string
  readonly wrapper: readonly string[]
  /** Takes all but about `leaveBytes` of the room there is; `free` gives it back. */
  fill(bytes: number): void
  free(): void
  remount(how: 'ro' | 'rw'): boolean
  end(): Promise<void>
}

const waitMs = 30_000

/** Mounts one of `bytes` bytes, or says why this machine cannot. */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root mounts a loop device'
  const folder = mkdtempSync(join(tmpdir(), 'custos-small-disk-'))
  const image = join(folder, 'image')
  const inside = join(folder, 'mounted')
  const ready = join(folder, 'ready')
  mkdirSync(inside)
  writeFileSync(image, Buffer.alloc(bytes))
  const script = 'mkfs.ext4 -q -m 0 "$1" && mount -o loop "$1" "$2" && touch "$3" && exec sleep 3600'
  const holder = spawn('unshare', ['-m', 'sh', '-c', script, 'disk', image, inside, ready], {
    stdio: 'ignore',
  })
  const deadline = performance.now() + waitMs
  // oxlint-disable-next-line no-await-in-loop -- it waits for another process
  while (!existsSync(ready) && holder.exitCode === null && performance.now() < deadline) await pause(20)
  if (!existsSync(ready)) {
    await ended(holder)
    rmSync(folder, { recursive: true, force: true })
    return 'no loop device can be mounted here'
  }
  const wrapper = ['nsenter', '-t', String(holder.pid), '-m']
  const seen = `/proc/${holder.pid}/root${inside}`
  return {
    seen,
    inside,
    wrapper,
    fill: (size) => writeFileSync(join(seen, 'ballast'), Buffer.alloc(size)),
    free: () => rmSync(join(seen, 'ballast'), { force: true }),
    remount(how) {
      const into = ['-t', String(holder.pid), '-m']
      return spawnSync('nsenter', [...into, 'mount', '-o', `remount,${how}`, inside]).status === 0
    },
    async end() {
      await ended(holder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ended(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return
  const exited = new Promise((resolve) => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await exited
}
