/** A deterministic script from the command line: what it may call, what it says, and its replay. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { runHome } from './run-world.ts'

let home: CommandLineHome

before(async () => {
  home = await runHome()
})
after(() => home.remove())

test('a script runs in the machine, says its result, and is replayed', async () => {
  home.write('agent.js', `custos.log('at work'); export default 6 * 7`)
  const ran = await home.run('run', '--machine', 'quickjs', '--json', '--', 'agent.js')
  assert.equal(ran.status, 0, ran.stderr)
  const { process, how, result } = JSON.parse(ran.stdout) as {
    readonly process: number
    readonly how: string
    readonly result: unknown
  }
  assert.deepEqual([how, result], ['finished', 42])
  assert.match(ran.stderr, /at work/u)
  assert.equal((await home.run('replay', String(process))).status, 0)
})

test('a script that throws is a 1, one that never ends is a 124, and one that is not there a 125', async () => {
  home.write('throws.js', `throw new Error('no')`)
  home.write('spins.js', `for (;;) {}`)
  home.write('broken.js', 'const a = 1\nlet b = ]')
  const threw = await home.run('run', '--machine', 'quickjs', '--', 'throws.js')
  assert.equal(threw.status, 1)
  assert.match(threw.stderr, /^custos: the script threw: Error: no\ncustos: {3}at \S/mu)
  // What a script says is set in: no line of it can pass for one of ours.
  const broken = await home.run('run', '--machine', 'quickjs', '--', 'broken.js')
  assert.match(broken.stderr, /^custos: the script threw: SyntaxError: .+\ncustos: {3}at agent\.js:2/mu)
  assert.doesNotMatch(`${threw.stderr}${broken.stderr}`, /\\u\{/u)
  assert.equal((await home.run('run', '--machine', 'quickjs', '--', 'spins.js')).status, 124)
  assert.equal((await home.run('run', '--machine', 'quickjs', '--', 'missing.js')).status, 125)
  assert.equal((await home.run('run', '--machine', 'v8', '--', 'throws.js')).status, 125)
})
