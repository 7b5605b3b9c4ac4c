/** Disks that are full, read-only and broken, for real: acting stops, nothing acknowledged is lost, and no surgery. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { judgeLife, live } from './life.ts'
import type { SmallDisk } from './small-disk.ts'
import { mountSmallDisk } from './small-disk.ts'

const mebibyte = 1_048_576

async function onSmallDisk(
  skip: (why: string) => void,
  body: (disk: SmallDisk) => Promise<void>,
): Promise<void> {
  const disk = await mountSmallDisk(16 * mebibyte)
  if (typeof disk === 'string') return skip(disk)
  try {
    await body(disk)
  } finally {
    await disk.end()
  }
}

test('a disk that is full stops the writer; with space it goes on where it was', async (t) => {
  await onSmallDisk(
    (why) => t.skip(why),
    async (disk) => {
      disk.fill(13 * mebibyte)
      const { wrapper } = disk
      const first = await live({ folder: disk.inside, wrapper })
      assert.equal(first.failed, 'no-space')
      assert.ok(first.acknowledged > 10)
      assert.deepEqual(judgeLife(disk.seen, first.acknowledged), [])
      disk.free()
      const second = await live({ folder: disk.inside, wrapper, killAfterMs: 60 })
      assert.ok((second.opened ?? 0) >= first.acknowledged)
      assert.ok(second.acknowledged > first.acknowledged)
      assert.deepEqual(judgeLife(disk.seen, second.acknowledged), [])
      t.diagnostic(`${first.acknowledged} and ${second.acknowledged} acknowledged`)
    },
  )
})

test('a disk that becomes read-only under the writer stops it, and it goes on when it can be written', async (t) => {
  await onSmallDisk(
    (why) => t.skip(why),
    async (disk) => {
      const { wrapper } = disk
      // A folder with files open for writing cannot be remounted; a kernel finds it so at its next start.
      const first = await live({ folder: disk.inside, wrapper, killAfterMs: 30 })
      assert.ok(disk.remount('ro'))
      const second = await live({ folder: disk.inside, wrapper })
      assert.equal(second.acknowledged, 0, 'nothing is acknowledged on a disk that cannot be written')
      assert.ok(disk.remount('rw'))
      const third = await live({ folder: disk.inside, wrapper, killAfterMs: 30 })
      assert.ok((third.opened ?? 0) >= first.acknowledged)
      assert.deepEqual(judgeLife(disk.seen, third.acknowledged), [])
    },
  )
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

for (const [errno, code] of [
  ['EIO', 'io'],
  ['EROFS', 'read-only'],
  ['ENOSPC', 'no-space'],
] as const) {
  test(
    `${errno} from a write stops the writer, and what it acknowledged is there`,
    { skip: hasStrace ? false : 'no strace' },
    async () => {
      const home = mkdtempSync(join(tmpdir(), 'custos-errno-'))
      try {
        const segment = join(home, 'ledger', '00000001.seg')
        await live({ folder: home, killAfterMs: 5 })
        const wrapper = [
          'strace',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-P',
          segment,
          '-e',
          'trace=pwrite64',
          '-e',
          `inject=pwrite64:error=${errno}:when=5`,
        ]
        const broken = await live({ folder: home, wrapper })
        assert.equal(broken.failed, code)
        assert.deepEqual(judgeLife(home, broken.acknowledged), [])
        const after = await live({ folder: home, killAfterMs: 5 })
        assert.ok((after.opened ?? 0) >= broken.acknowledged)
      } finally {
        rmSync(home, { recursive: true, force: true })
      }
    },
  )
}

test('a writer that is killed again and again loses nothing, with and without a mirror', async () => {
  for (const mirrored of [false, true]) {
    const home = mkdtempSync(join(tmpdir(), 'custos-kills-'))
    try {
      let known = 0
      for (let kill = 0; kill < 4; kill++) {
        const mirror = mirrored ? { mirror: join(home, 'mirror') } : {}
        // oxlint-disable-next-line no-await-in-loop -- one life after another
        const life = await live({ folder: home, ...mirror, killAfterMs: kill * 7 })
        assert.equal(life.failed, null)
        assert.ok((life.opened ?? -1) >= known)
        assert.deepEqual(judgeLife(home, life.acknowledged), [])
        known = life.acknowledged
      }
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
})
