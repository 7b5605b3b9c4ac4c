import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkpointsFile, segmentName } from '../format.ts'
import { nodeDisk } from '../node-disk.ts'
import type { Disk, DiskFailure, DiskFile } from '../port.ts'
import { openOrCreate } from './durable-write.ts'
import { watchedDisk } from './watched-disk.ts'

const sector = 512

async function made(disk: Disk, name: string): Promise<DiskFile> {
  const file = await openOrCreate(disk, name, sector)
  assert.ok(file.ok)
  return file.value
}

function written(file: DiskFile): Promise<DiskFailure | null> {
  return new Promise((resolve) => {
    file.write(0, Buffer.alloc(sector, 7), resolve)
  })
}

test('the next checkpoint finds that a folder was removed, exchanged or lacks a file, and no other write looks', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'watched-'))
  t.after(() => rmSync(base, { recursive: true }))
  const folder = join(base, 'mirror')
  const disk = watchedDisk(nodeDisk(folder), folder)
  const [segment, checkpoints] = [await made(disk, segmentName(1)), await made(disk, checkpointsFile)]
  assert.equal(await written(checkpoints), null)
  const away = join(base, 'away')
  renameSync(folder, away)
  assert.equal(await written(segment), null, 'the system takes it, wherever it goes')
  assert.match((await written(checkpoints))?.message ?? '', /00000001\.seg is not there any more/u)
  cpSync(away, folder, { recursive: true })
  assert.match((await written(checkpoints))?.message ?? '', /or is another file/u)
  rmSync(folder, { recursive: true })
  renameSync(away, folder)
  assert.equal(await written(checkpoints), null)
  segment.close()
  rmSync(join(folder, segmentName(1)))
  assert.equal(await written(checkpoints), null, 'what is closed is not looked for')
  const second = await made(disk, segmentName(2))
  assert.equal(await written(checkpoints), null)
  rmSync(join(folder, segmentName(2)))
  assert.notEqual(await written(checkpoints), null)
  for (const file of [second, checkpoints]) file.close()
})
