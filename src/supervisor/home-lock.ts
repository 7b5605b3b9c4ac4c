/**
 * One supervisor per home. The lock is a file with the owner's process id and start time: both together name
 * a process for ever, so a lock left by a dead supervisor is recognised even when its id is in use again.
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { readProcess } from './process-table.ts'

/** A lock that is held. */
export interface HomeLock {
  /** Gives it back. */
  release(): void
}

/** Takes the lock in `folder`. The error is the process id of the supervisor that has it. */
export function lockHome(folder: string): Result<HomeLock, number> {
  const path = join(folder, 'pid')
  const mine = join(folder, `pid.${process.pid}`)
  const content = `${process.pid} ${readProcess(process.pid)?.startedAt ?? ''}\n`
  writeFileSync(mine, content, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (taken(mine, path)) return ok({ release: () => release(path, content) })
      const found = readQuietly(path)
      const owner = liveOwner(found)
      if (owner !== null) return err(owner)
      removeStale(path, found, `${mine}.old`)
    }
    return err(0)
  } finally {
    removeQuietly(mine)
  }
}

function taken(mine: string, path: string): boolean {
  try {
    linkSync(mine, path)
    return true
  } catch {
    return false
  }
}

function liveOwner(content: string): number | null {
  const [pid, startedAt] = content.trim().split(' ')
  const owner = Number(pid)
  if (!Number.isInteger(owner) || owner <= 0) return null
  const row = readProcess(owner)
  if (row !== null) return row.startedAt === startedAt && !row.isZombie ? owner : null
  return startedAt === undefined && answersSignals(owner) ? owner : null
}

/** Where /proc is missing, an id in use counts as the owner: better to refuse than to run twice. */
function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Moves a dead owner's file aside before removing it, and back when another supervisor was faster. */
function removeStale(path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside)
    if (readQuietly(aside) !== stale) linkSync(aside, path)
  } catch {
    // Somebody else removed it.
  }
  removeQuietly(aside)
}

function release(path: string, content: string): void {
  if (readQuietly(path) === content) removeQuietly(path)
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is not there.
  }
}
