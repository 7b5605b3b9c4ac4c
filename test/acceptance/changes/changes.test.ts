import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import { atCommandLine } from '../../harness/command-line-home.ts'
import { picture } from '../../harness/copy-on-write.ts'
import { connectAgent } from '../../../src/sdk/agent.ts'

async function runIn(home: CommandLineHome, script: string): Promise<string> {
  const before = runs(home)
  await home.must('run', '--rung', 'bubblewrap', '--', 'sh', '-euc', script)
  const made = runs(home).filter((name) => !before.includes(name))
  assert.equal(made.length, 1, 'the run keeps its changes')
  return made[0] ?? ''
}

function runs(home: CommandLineHome): readonly string[] {
  const folder = join(home.home, 'runs')
  return existsSync(folder) ? readdirSync(folder) : []
}

test('changes of a run are listed, shown, committed in parts, and dropped', () =>
  atCommandLine(async (home) => {
    home.write('kept.txt', 'one\ntwo\nthree\n')
    home.write('gone.txt', 'gone\n')
    const run = await runIn(
      home,
      `sed -i s/two/2/ kept.txt; rm gone.txt; mkdir -p new/deep; echo x >new/deep/file; echo y >tool; chmod +x tool; printf 'a\\033[2Jb\\n' >esc`,
    )
    const untouched = ['gone.txt 644 gone\n', 'kept.txt 644 one\ntwo\nthree\n']
    assert.deepEqual(picture(home.work), untouched)

    const listed = await home.must('changes')
    assert.match(listed.stdout, new RegExp(`${run} +run .* over +7 +1 `))

    const shown = await home.must('changes', 'show', run)
    assert.match(shown.stdout, / one\n-two\n\+2\n three\n/)
    assert.match(shown.stdout, /removed +gone\.txt[^]*-gone\n/)
    assert.match(shown.stdout, /! executable: it can be run/)
    assert.ok(!shown.stdout.includes('\u001b'), 'nothing that a terminal obeys is printed')
    assert.match(shown.stdout, /\+a\\u\{1b\}\[2Jb/)

    const refused = await home.run('changes', 'commit', run)
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /executable/)
    assert.deepEqual(picture(home.work), untouched)

    const part = await home.must('changes', 'commit', run, 'kept.txt', 'new')
    assert.match(part.stdout, /Committed 4 changes, recorded in #\d+\. The rest waits/)
    assert.deepEqual(picture(home.work), [
      'gone.txt 644 gone\n',
      'kept.txt 644 one\n2\nthree\n',
      'new/ 755',
      'new/deep/ 755',
      'new/deep/file 644 x\n',
    ])

    await home.must('changes', 'drop', run, 'gone.txt')
    const rest = await home.must('changes', 'commit', run, '--flagged')
    assert.match(rest.stdout, /Committed 2 changes.*Nothing of the run is left/)
    assert.ok(existsSync(join(home.work, 'gone.txt')))
    assert.equal(readFileSync(join(home.work, 'tool'), 'utf8'), 'y\n')
    assert.deepEqual(runs(home), [])
    const ledger = await home.must('ledger', 'tail', '--json')
    assert.match(ledger.stdout, /changes\/commit/)
  }))

test('what was changed in the folder meanwhile is not overwritten unless that is said', () =>
  atCommandLine(async (home) => {
    home.write('file', 'one\n')
    const run = await runIn(home, 'echo two >file; echo other >other')
    home.write('file', 'mine\n')
    const refused = await home.run('changes', 'commit', run)
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /conflict/)
    await home.must('changes', 'commit', run, '--except', 'file')
    assert.deepEqual(picture(home.work), ['file 644 mine\n', 'other 644 other\n'])
    await home.must('changes', 'commit', run, '--overwrite')
    assert.deepEqual(picture(home.work), ['file 644 two\n', 'other 644 other\n'])
  }))

test('dropping everything ends the run and leaves the folder as it was', () =>
  atCommandLine(async (home) => {
    home.write('file', 'one\n')
    const run = await runIn(home, 'echo two >file; mkdir closed; chmod 000 closed')
    await home.must('changes', 'drop', run)
    assert.deepEqual(picture(home.work), ['file 644 one\n'])
    assert.deepEqual(runs(home), [])
    const again = await home.run('changes', 'show', run)
    assert.equal(again.status, 2)
  }))

test('a wrong passphrase commits nothing, and the same commit can be asked for again', () =>
  atCommandLine(async (home) => {
    const run = await runIn(home, 'echo two >file')
    const wrong = join(home.folder, 'wrong')
    writeFileSync(wrong, 'not the passphrase\n', { mode: 0o600 })
    const refused = await home.run('changes', 'commit', run, '--passphrase-file', wrong)
    assert.notEqual(refused.status, 0)
    assert.deepEqual(picture(home.work), [])
    await home.must('changes', 'commit', run)
    assert.deepEqual(picture(home.work), ['file 644 two\n'])
    assert.match((await home.must('approvals')).stdout, /Nothing waits/)
  }))

test('an approval is for the changes that were shown, and not for what came later', () =>
  atCommandLine(async (home) => {
    const run = await runIn(home, 'echo two >file')
    const token = readFileSync(join(home.home, 'runs', run, 'token'), 'utf8').trim()
    const shown = JSON.parse((await home.must('changes', 'show', run, '--json')).stdout) as { digest: string }
    const agent = await connectAgent({ home: home.home, token })
    const order = { run, folder: home.work, digest: shown.digest, entries: 1, flagged: 0, parts: 'all' }
    const selector = 'changes/commit'
    const held = Promise.withResolvers<number>()
    const answer = agent.call({
      object: 'workspace',
      selector,
      arguments: order,
      onHeld: ({ call }) => held.resolve(call),
    })
    const call = String(await held.promise)
    writeFileSync(join(home.home, 'runs', run, 'store', 'upper', 'file'), 'three\n')
    await home.must('approve', call)
    const got = await answer
    assert.ok(got.ok)
    assert.equal(got.outcome, 'failed')
    assert.match(JSON.stringify(got.result), /not those that were approved/)
    agent.close()
    assert.deepEqual(picture(home.work), [])
  }))
