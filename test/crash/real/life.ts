/** One life of the writer, in a process of its own, and how it ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readableFolder } from '../../../src/ledger/node-disk.ts'
import { folderBlobs } from '../../../src/ledger/blobs.ts'
import { verifyLedger } from '../../../src/ledger/verify.ts'

/** How the writer is started and stopped. */
export interface LifeOptions {
  readonly folder: string
  readonly mirror?: string
  /** Put before the command: a tracer, or a way into a mount namespace. */
  readonly wrapper?: readonly string[]
  /** Kill it this many milliseconds after its first acknowledgement. */
  readonly killAfterMs?: number
  /** Told of each acknowledgement, as it is read. */
  readonly onAck?: (seq: number) => void
}

/** What it said before it ended. */
export interface LifeReport {
  /** Last event when it had opened the ledger, or null when it did not get that far. */
  readonly opened: number | null
  readonly acknowledged: number
  /** The code that it failed with, or null when it was killed. */
  readonly failed: string | null
}

const writer = fileURLToPath(new URL('writer.ts', import.meta.url))

/** Runs it to its end. Everything that it wrote before it died is read. */
export async function live({
  folder,
  mirror,
  wrapper = [],
  killAfterMs,
  onAck,
}: LifeOptions): Promise<LifeReport> {
  const [command = '', ...args] = [
    ...wrapper,
    process.execPath,
    writer,
    folder,
    ...(mirror === undefined ? [] : [mirror]),
  ]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: wrapper.length > 0 })
  let [opened, acknowledged, failed, rest] = [null as number | null, 0, null as string | null, '']
  let timer: NodeJS.Timeout | null = null
  const heard = (line: string): void => {
    const [word, value = ''] = line.split(' ')
    if (word === 'open') opened = Number(value)
    if (word === 'failed') failed = value
    if (word !== 'ack') return
    acknowledged = Number(value)
    onAck?.(acknowledged)
    if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) heard(line)
  })
  await once(child, 'close')
  if (timer !== null) clearTimeout(timer)
  return { opened, acknowledged, failed }
}

/** What is wrong with what a life left behind, after `acknowledged`. An unfinished write is not. */
export function judgeLife(folder: string, acknowledged: number, keepBlobs = true): readonly string[] {
  const blobs = keepBlobs ? { blobs: folderBlobs(join(folder, 'blobs')) } : {}
  const report = verifyLedger(readableFolder(join(folder, 'ledger')), blobs)
  const wrong = report.problems
    .filter(({ code }) => code !== 'unfinished')
    .map(({ code, file, message }) => `${code} ${file}: ${message}`)
  if (report.events < acknowledged)
    wrong.push(`event ${acknowledged} was acknowledged, and ${report.events} is the last`)
  return wrong
}
