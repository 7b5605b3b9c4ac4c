/** A short kill campaign, small enough for every commit. How long it takes is for the long one to say. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { runKillCampaign } from './campaign.ts'
import { DeathWatch } from './death-watch.ts'

test('a halt leaves nothing of sandboxes full of processes that resist, and the ledger says so', async () => {
  const options = { rounds: 2, rung: 'bubblewrap', sandboxes: 3, processes: 15, limit: 8 }
  const rounds = await runKillCampaign(options)
  assert.equal(rounds.length, 2)
  for (const { alive, standing, violations } of rounds) {
    assert.deepEqual(violations, [])
    assert.ok(alive > options.processes, 'bombs went off')
    assert.equal(standing, options.sandboxes)
  }
})

test('the watch sees what lives, and does not take a zombie for it', async () => {
  // The child is never waited for by its parent, so it stays as a zombie for as long as that lives.
  const program = '$| = 1; my $child = fork; if (!$child) { sleep 600 } print "$child\\n"; sleep 600'
  const parent = spawn('perl', ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Uint8Array]
    const child = Number(Buffer.from(line).toString())
    const watch = new DeathWatch([child])
    assert.deepEqual(watch.survivors(), [child])
    process.kill(child, 'SIGKILL')
    while (watch.survivors().length > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  } finally {
    parent.kill('SIGKILL')
    await once(parent, 'exit')
  }
})
