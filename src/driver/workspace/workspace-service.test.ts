import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CopyOnWrite } from '../../../test/harness/copy-on-write.ts'
import { copyOnWrite, picture } from '../../../test/harness/copy-on-write.ts'
import type { Parts } from '../../sandbox/changes/chosen-changes.ts'
import { allParts, chooseChanges, digestOfChanges } from '../../sandbox/changes/chosen-changes.ts'
import { changesOfRun, dropChanges, readChangedRun } from '../../sandbox/changes/changed-run.ts'
import type { ServiceAnswer } from '../service/service.ts'
import type { CommitArguments } from './commit-arguments.ts'
import { commitArgumentsJson, readCommitArguments } from './commit-arguments.ts'
import { createWorkspaceService } from './workspace-service.ts'

const crashingCommit = fileURLToPath(new URL('../../../test/harness/crashing-commit.ts', import.meta.url))

/** Moves the run of a view into a home, as `custos run` leaves it. */
function recorded(view: CopyOnWrite): string {
  const home = join(dirname(view.folder), 'home')
  const own = join(home, 'runs', 'abc')
  mkdirSync(join(home, 'runs'), { recursive: true })
  renameSync(view.run, own)
  const record = {
    run: 'abc',
    folder: view.folder,
    store: join(own, 'store'),
    startedAt: Date.now() + 60_000,
  }
  writeFileSync(join(own, 'record.json'), JSON.stringify(record))
  return home
}

async function argumentsFor(home: string, parts: Parts = allParts): Promise<CommitArguments> {
  const run = readChangedRun(home, 'abc')
  assert.ok(run.ok)
  const listed = await changesOfRun(run.value)
  assert.ok(listed.ok)
  const chosen = chooseChanges(listed.value, parts)
  assert.ok(chosen.ok)
  const flagged = chosen.value.filter(({ flags }) => flags.length > 0).length
  const { folder } = run.value
  const digest = digestOfChanges(folder, chosen.value)
  return { run: 'abc', folder, digest, entries: chosen.value.length, flagged, parts }
}

async function dispatch(home: string, order: CommitArguments): Promise<ServiceAnswer> {
  const service = await createWorkspaceService({ home })
  const answer = await service.dispatch({
    call: 1,
    selector: 'changes/commit',
    arguments: Buffer.from(JSON.stringify(commitArgumentsJson(order))),
    badge: null,
    trace: null,
    signal: new AbortController().signal,
  })
  await service.close()
  return answer
}

test('exactly the changes that the digest stands for are committed', async () => {
  using view = copyOnWrite()
  view.inside('echo 1 >a; echo 1 >b')
  const home = recorded(view)
  const order = await argumentsFor(home, { ...allParts, only: ['a'] })
  const answer = await dispatch(home, order)
  assert.deepEqual(answer, { outcome: 'done', result: { committed: 1, digest: order.digest } })
  assert.deepEqual(picture(view.folder), ['a 644 1\n'])
})

for (const [what, change] of [
  ['another digest', { digest: '0'.repeat(64) }],
  ['another count', { entries: 2 }],
  ['another number of flagged changes', { flagged: 0 }],
  ['another folder', { folder: '/tmp' }],
  ['another run', { run: 'abd' }],
  ['a run that is a path', { run: '../abc' }],
] as const) {
  test(`${what} than what is found commits nothing`, async () => {
    using view = copyOnWrite()
    view.inside('echo 1 >.bashrc')
    const home = recorded(view)
    const answer = await dispatch(home, { ...(await argumentsFor(home)), ...change })
    assert.equal(answer.outcome, 'failed')
    assert.deepEqual(picture(view.folder), [])
  })
}

test('a conflict is refused unless overwriting was approved', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a')
  view.inside('echo 2 >a')
  const home = recorded(view)
  await argumentsFor(home)
  view.outside('echo 3 >a')
  const answer = await dispatch(home, await argumentsFor(home))
  assert.equal(answer.outcome, 'failed')
  assert.match(answer.reason ?? '', /changed in the folder/)
  assert.deepEqual(picture(view.folder), ['a 644 3\n'])
  const over = await dispatch(home, await argumentsFor(home, { ...allParts, overwrite: true }))
  assert.equal(over.outcome, 'done')
  assert.deepEqual(picture(view.folder), ['a 644 2\n'])
})

test('what was committed and changed again by the run is no conflict', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a')
  view.inside('echo 2 >a')
  const home = recorded(view)
  assert.equal((await dispatch(home, await argumentsFor(home))).outcome, 'done')
  writeFileSync(join(home, 'runs/abc/store/upper/a'), '3\n')
  assert.equal((await dispatch(home, await argumentsFor(home))).outcome, 'done')
  assert.deepEqual(picture(view.folder), ['a 644 3\n'])
})

test('what was dropped is not committed, unless it becomes something else', async () => {
  using view = copyOnWrite()
  view.outside('mkdir d; echo 1 >d/x')
  view.inside('rm -r d; echo 1 >a; echo 1 >b')
  const home = recorded(view)
  const run = readChangedRun(home, 'abc')
  assert.ok(run.ok)
  const listed = await changesOfRun(run.value)
  assert.ok(listed.ok)
  dropChanges(
    run.value,
    listed.value.changes.filter(({ path }) => path === 'a' || path === 'd/x'),
  )
  assert.equal((await dispatch(home, await argumentsFor(home))).outcome, 'done')
  assert.deepEqual(picture(view.folder), ['b 644 1\n', 'd/ 755', 'd/x 644 1\n'])
  writeFileSync(join(home, 'runs/abc/store/upper/a'), '2\n')
  assert.equal((await dispatch(home, await argumentsFor(home))).outcome, 'done')
  assert.ok(picture(view.folder).includes('a 644 2\n'))
})

test('a service that starts takes back what a crash left half done', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a; echo 1 >b')
  view.inside('echo 2 >a; echo 2 >b; echo 2 >c')
  const home = recorded(view)
  const old = picture(view.folder)
  const own = join(home, 'runs', 'abc')
  const journal = join(own, 'commit.json')
  const input = JSON.stringify({
    folder: view.folder,
    store: join(own, 'store'),
    journal,
    point: 'applied 1',
  })
  const died = spawnSync(process.execPath, [crashingCommit], { input })
  assert.equal(died.signal, 'SIGKILL')
  assert.notDeepEqual(picture(view.folder), old)
  await (await createWorkspaceService({ home })).close()
  assert.deepEqual(picture(view.folder), old)
})

test('two commits at once are done one after the other', async () => {
  using view = copyOnWrite()
  view.inside('echo 1 >a; echo 1 >b')
  const home = recorded(view)
  const service = await createWorkspaceService({ home })
  const orders = await Promise.all(
    ['a', 'b'].map((path) => argumentsFor(home, { ...allParts, only: [path] })),
  )
  const answers = await Promise.all(
    orders.map((order, index) =>
      service.dispatch({
        call: index,
        selector: 'changes/commit',
        arguments: Buffer.from(JSON.stringify(commitArgumentsJson(order))),
        badge: null,
        trace: null,
        signal: new AbortController().signal,
      }),
    ),
  )
  await service.close()
  assert.deepEqual(
    answers.map(({ outcome }) => outcome),
    ['done', 'done'],
  )
  assert.deepEqual(picture(view.folder), ['a 644 1\n', 'b 644 1\n'])
})

test('arguments that say too much, too little or something else are not read', () => {
  const good = commitArgumentsJson({
    run: 'abc',
    folder: '/f',
    digest: 'd',
    entries: 1,
    flagged: 0,
    parts: { only: ['a'], except: [], overwrite: true },
  })
  assert.ok(readCommitArguments(Buffer.from(JSON.stringify(good))).ok)
  for (const bad of [
    { ...good, more: 1 },
    { ...good, parts: 'some' },
    { ...good, parts: { only: [] } },
    { ...good, parts: { only: [1], except: [], overwrite: false } },
    { ...good, parts: { only: [], except: [], overwrite: 'no' } },
    { ...good, entries: -1 },
    { ...good, flagged: 0.5 },
    { ...good, folder: null },
  ]) {
    assert.ok(!readCommitArguments(Buffer.from(JSON.stringify(bad))).ok, JSON.stringify(bad))
  }
  assert.ok(!readCommitArguments(Buffer.from('{')).ok)
})
