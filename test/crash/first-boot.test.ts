/**
 * The very first start, killed at each system call that makes a key: the next start must serve. Under strace,
 * because the moments are too short to be hit by chance.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { KernelProcess, TestHome } from '../harness/kernel-process.ts'

const moments = ['openat', 'write', 'fsync', 'link', 'unlink'] as const
const isTraceable = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0

/** Starts a kernel that dies at the first such call on a key file; false if there was none. */
async function diesAt(home: TestHome, moment: string, key: string): Promise<boolean> {
  const path = join(home.folder, 'keys', `main.${key}`)
  const files = [path, `${path}.tmp`].flatMap((file) => ['-P', file])
  const inject = ['-e', `trace=${moment}`, '-e', `inject=${moment}:signal=KILL:when=1`]
  const wrapper = ['strace', '-f', '-qq', '-o', '/dev/null', ...files, ...inject]
  const started = await KernelProcess.start(home, { wrapper }).catch(() => null)
  await started?.kill()
  return started === null
}

for (const key of ['vault', 'ledger']) {
  test(
    `a first start that is killed while it makes the ${key} key can be made up for`,
    {
      skip: isTraceable ? false : 'strace is needed',
    },
    async () => {
      let deaths = 0
      for (const moment of moments) {
        const home = new TestHome()
        try {
          if (await diesAt(home, moment, key)) deaths += 1
          const kernel = await KernelProcess.start(home)
          await kernel.stop()
        } finally {
          home.remove()
        }
      }
      assert.ok(deaths >= 3, 'it died in the middle of it')
    },
  )
}
