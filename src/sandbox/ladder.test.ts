import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readlinkSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipped } from '../../test/sandbox/rung-here.ts'
import { starters, Trial } from '../../test/sandbox/trial.ts'
import { until } from '../../test/harness/world.ts'
import type { LadderReport, RungReport } from './ladder.ts'
import { confinerFor, probeLadder } from './ladder.ts'
import { rungs } from './rungs.ts'

const noLandlock = await skipped('landlock')

function report(available: readonly string[], wanted = ''): LadderReport {
  const ladder = rungs.map((rung): RungReport =>
    available.includes(rung)
      ? { rung, available: true, detail: 'it is there', install: '' }
      : {
          rung,
          available: false,
          detail: `${rung} is missing; install it with: get ${rung}`,
          install: `get ${rung}`,
        },
  )
  return { rung: 'none', wanted, ladder }
}

const chosen = (found: ReturnType<typeof confinerFor>): string => (found.ok ? found.value.rung : found.error)

test('the strongest rung that is there is chosen', () => {
  assert.equal(chosen(confinerFor(report(['gvisor', 'bubblewrap', 'landlock']))), 'gvisor')
  assert.equal(chosen(confinerFor(report(['bubblewrap', 'landlock']))), 'bubblewrap')
  assert.equal(chosen(confinerFor(report(['landlock']))), 'landlock')
})

test('the rung that is asked for is chosen, and no other when it is not there', () => {
  const two = report(['bubblewrap', 'landlock'])
  assert.equal(chosen(confinerFor(two, 'landlock')), 'landlock')
  assert.match(chosen(confinerFor(two, 'gvisor')), /gvisor rung was asked for .* install it with: get gvisor/)
  assert.equal(chosen(confinerFor(report(['gvisor', 'landlock'], 'landlock'))), 'landlock')
  assert.match(chosen(confinerFor(report(['landlock'], 'bubblewrap'))), /bubblewrap rung was asked for/)
  assert.match(
    chosen(confinerFor(report(['landlock'], 'docker'))),
    /CUSTOS_RUNG is docker; it must be one of/,
  )
})

test('where there is no rung there is a refusal that says what is missing of each', () => {
  const refusal = chosen(confinerFor(report([])))
  for (const rung of rungs) assert.match(refusal, new RegExp(`${rung}: ${rung} is missing; install it with`))
})

test('every rung is there on a machine that was set up, and the wish is recorded', async () => {
  const found = await probeLadder({ CUSTOS_RUNG: 'bubblewrap' })
  assert.equal(found.rung, 'bubblewrap')
  assert.equal(found.wanted, 'bubblewrap')
  for (const { rung, available, detail } of found.ladder) {
    if (rung !== 'landlock' || noLandlock === false) assert.ok(available, `${rung}: ${detail}`)
  }
})

for (const starter of starters) {
  test(`the probe says in one line of JSON what ${starter} finds`, () => {
    const trial = new Trial(starter)
    try {
      const program = fileURLToPath(new URL('probe/main.ts', import.meta.url))
      const prefix =
        starter === 'root' || process.getuid?.() !== 0
          ? []
          : ['setpriv', '--reuid=60100', '--regid=60100', '--clear-groups']
      const [command, ...args] = [...prefix, process.execPath, program]
      const env = { PATH: process.env['PATH'] ?? '', HOME: trial.folder }
      const { stdout, status, stderr } = spawnSync(command, args, { encoding: 'utf8', env })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /^[^\n]+\n$/)
      const { rung, ladder } = JSON.parse(stdout) as LadderReport
      assert.equal(rung, 'gvisor')
      assert.deepEqual(
        ladder.map((step) => step.rung),
        rungs,
      )
    } finally {
      trial.remove()
    }
  })
}

test('a missing runsc is named, with the command that installs it', () => {
  const program = fileURLToPath(new URL('probe/main.ts', import.meta.url))
  const env = { PATH: process.env['PATH'] ?? '', CUSTOS_RUNSC: '/nonexistent' }
  const { stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8', env })
  const { rung, ladder } = JSON.parse(stdout) as LadderReport
  assert.equal(rung, 'bubblewrap')
  assert.match(ladder[0]?.detail ?? '', /runsc is not installed; this puts it right: bash .*setup-debian\.sh/)
})

test('where user namespaces are off Landlock holds programs, and the switch is named', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can make a place where they are off')
  if (noLandlock !== false) return context.skip(noLandlock)
  const trial = new Trial('user')
  try {
    const program = fileURLToPath(new URL('probe/main.ts', import.meta.url))
    const off =
      'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --reuid=60100 --regid=60100 --clear-groups "$@"'
    const script = 'read go; exec setpriv --reuid=0 --regid=0 --clear-groups sh -c "$0" sh "$@"'
    const words = ['-U', 'sh', '-c', script, off, process.execPath, program]
    const env = { PATH: process.env['PATH'] ?? '', HOME: trial.folder }
    const child = spawn('unshare', words, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    await inNamespaceOfItsOwn(child.pid ?? 0)
    // All users of ours are there under their own numbers, so that an ordinary one can be taken.
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, '0 0 65536')
    child.stdin.end('go\n')
    const { rung, ladder } = JSON.parse(await text(child.stdout)) as LadderReport
    assert.equal(rung, 'landlock')
    assert.match(ladder[1]?.detail ?? '', /max_user_namespaces is 0\); this puts it right: sudo sysctl -w/)
  } finally {
    trial.remove()
  }
})

async function inNamespaceOfItsOwn(pid: number): Promise<void> {
  const own = readlinkSync('/proc/self/ns/user')
  const isThere = (): boolean => readlinkSync(`/proc/${pid}/ns/user`) !== own
  await until(() => isThere() || null, 'its own namespace')
}
