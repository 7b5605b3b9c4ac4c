import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { CopyOnWrite } from '../../../../test/harness/copy-on-write.ts'
import { copyOnWrite, picture, removeFolder } from '../../../../test/harness/copy-on-write.ts'
import type { Result } from '../../../base/result.ts'
import type { Change } from '../change.ts'
import type { Parts } from '../chosen-changes.ts'
import { allParts, chooseChanges, digestOfChanges } from '../chosen-changes.ts'
import { listChanges } from '../list-changes.ts'
import type { CommitOrder, CommitProblem } from './commit-changes.ts'
import { commitChanges } from './commit-changes.ts'
import { recoverCommit } from './recover.ts'

const crashingCommit = fileURLToPath(new URL('../../../../test/harness/crashing-commit.ts', import.meta.url))

/** Has every kind of step: files put and replaced, folders put, removed and closed, types and modes changed. */
const before = `
  echo 1 >modified; echo 1 >removed; echo 1 >typed; echo 1 >mode; chmod 640 mode; mkdir -p d/deep emptied closed opened
  echo 1 >d/x; echo 1 >d/deep/y; echo 1 >emptied/x; echo 1 >closed/x; chmod 555 opened; echo 1 >becomes; ln -s a link`
const work = `
  echo 2 >modified; rm removed; rm typed; ln -s kept typed; chmod 700 mode; mkdir -p new/deep; echo 1 >new/f; echo 1 >new/deep/g
  rm -r d; rm emptied/x; echo 2 >closed/y; chmod 500 closed; chmod 755 opened; echo 1 >opened/z; rm becomes; mkdir becomes
  echo 1 >becomes/x; ln -sfn b link; echo 1 >plain; chmod 755 plain; ln -s plain fresh-link; mkdir tight; echo 1 >tight/x; chmod 555 tight`

async function chosenIn(view: CopyOnWrite, parts: Parts = allParts): Promise<readonly Change[]> {
  const options = { startedAtMs: Date.now() + 60_000, baseline: new Map() }
  const listed = await listChanges(view.folder, view.store, options)
  assert.ok(listed.ok, listed.ok ? '' : listed.error)
  const chosen = chooseChanges(listed.value, parts)
  assert.ok(chosen.ok, chosen.ok ? '' : chosen.error)
  return chosen.value
}

function journalOf(view: CopyOnWrite): string {
  return join(view.run, 'commit.json')
}

async function commit(
  view: CopyOnWrite,
  more: Partial<CommitOrder> = {},
): Promise<Result<null, CommitProblem>> {
  const chosen = more.chosen ?? (await chosenIn(view))
  return commitChanges({ folder: view.folder, store: view.store, chosen, journal: journalOf(view), ...more })
}

function prepared(): CopyOnWrite {
  const view = copyOnWrite()
  view.outside(before)
  view.inside(work)
  return view
}

/** What the view shows, copied out of it: what the folder must look like afterwards. */
function seenInside(view: CopyOnWrite): readonly string[] {
  const copy = join(view.run, 'copy')
  view.inside(`cp -a . ${copy}`)
  const seen = picture(copy)
  removeFolder(copy)
  return seen
}

test('a commit makes the folder what the program saw, and leaves nothing else behind', async () => {
  using view = prepared()
  const seen = seenInside(view)
  const committed = await commit(view)
  assert.ok(committed.ok, committed.ok ? '' : committed.error.message)
  assert.deepEqual(picture(view.folder), seen)
  assert.equal(existsSync(journalOf(view)), false)
  assert.deepEqual(await chosenIn(view), [])
})

test('parts are committed with what they need and without what is excepted', async () => {
  using view = prepared()
  const only = ['new/deep', 'd', 'modified']
  const chosen = await chosenIn(view, { only, except: ['d/deep/y'], overwrite: false })
  assert.deepEqual(
    chosen.map(({ path }) => path),
    ['d/x', 'modified', 'new', 'new/deep', 'new/deep/g'],
  )
  assert.ok((await commit(view, { chosen })).ok)
  const lines = picture(view.folder)
  assert.ok(lines.includes('d/deep/y 644 1\n') && lines.includes('new/deep/g 644 1\n'))
  assert.ok(!lines.some((line) => line.startsWith('d/x ') || line.startsWith('new/f ')))
})

test('a crash at any point leaves, after recovery, wholly the old or wholly the new', async () => {
  const points = await allPoints()
  assert.ok(points.length > 40, `${points.length} points`)
  let stood = 0
  for (const point of points) {
    using view = prepared()
    const [old, fresh] = [picture(view.folder), seenInside(view)]
    crashAt(view, point)
    const recovered = recoverCommit(journalOf(view))
    assert.ok(recovered.ok, recovered.ok ? '' : recovered.error)
    assert.equal(recovered.value.kept, '')
    const { was } = recovered.value
    stood += was === 'taken-back' ? 0 : 1
    assert.deepEqual(picture(view.folder), was === 'taken-back' ? old : fresh, `after ${point}`)
    assert.deepEqual(recoverCommit(journalOf(view)), { ok: true, value: { was: 'nothing', kept: '' } })
  }
  assert.equal(stood, 2)
})

async function allPoints(): Promise<readonly string[]> {
  using view = prepared()
  const points: string[] = []
  assert.ok((await commit(view, { onPoint: (point) => void points.push(point) })).ok)
  return points
}

test('a failure at any point of applying takes everything back', async () => {
  for (const point of (await allPoints()).filter((point) => point.startsWith('applied'))) {
    using view = prepared()
    const old = picture(view.folder)
    const onPoint = (here: string): void => {
      if (here === point) throw new Error('no space')
    }
    const committed = await commit(view, { onPoint })
    assert.deepEqual(committed, { ok: false, error: { message: 'no space', isUnsettled: false } })
    assert.deepEqual(picture(view.folder), old, `after ${point}`)
  }
})

function crashAt(view: CopyOnWrite, point: string): void {
  const input = JSON.stringify({ folder: view.folder, store: view.store, journal: journalOf(view), point })
  const died = spawnSync(process.execPath, [crashingCommit], { input })
  assert.equal(died.signal, 'SIGKILL', `${point}: ${died.stderr.toString()}`)
}

test('what the system refuses is said in words', async () => {
  using view = prepared()
  const full = (): never => {
    throw Object.assign(new Error('write'), { code: 'ENOSPC' })
  }
  const committed = await commit(view, { onPoint: full })
  assert.ok(!committed.ok)
  assert.equal(committed.error.message, 'the disk is full (ENOSPC)')
})

test('taking back can itself be interrupted anywhere and repeated', async () => {
  using view = prepared()
  const old = picture(view.folder)
  crashAt(view, 'applied')
  // One interruption after another, each a point further than the last.
  for (let interruptions = 0, isSettled = false; !isSettled; interruptions++) {
    let passed = 0
    const recovered = recoverCommit(journalOf(view), () => {
      if (passed++ === interruptions) throw new Error('interrupted')
    })
    isSettled = recovered.ok
    assert.ok(interruptions < 100)
    if (recovered.ok) assert.deepEqual(recovered.value, { was: 'taken-back', kept: '' })
    if (recovered.ok) assert.ok(interruptions > 20, `${interruptions} interruptions`)
  }
  assert.deepEqual(picture(view.folder), old)
})

test('what a person saved over a half-made commit is kept', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a')
  view.inside('echo 2 >a; echo 2 >b; mkdir d; echo 2 >d/x')
  crashAt(view, 'applied')
  view.outside('echo mine >a; echo mine >d/mine')
  for (let round = 0; round < 2; round++) {
    const text = readFileSync(journalOf(view), 'utf8')
    const recovered = recoverCommit(journalOf(view))
    assert.ok(recovered.ok)
    assert.ok(recovered.value.kept.startsWith(view.folder))
    assert.deepEqual(
      picture(view.folder).filter((line) => !line.startsWith('.custos')),
      ['a 644 1\n'],
    )
    const kept = picture(join(recovered.value.kept, 'foreign')).join('\n')
    assert.match(kept, /mine\n[^]*d?\/mine 644 mine/)
    if (round === 0) writeFileSync(journalOf(view), text)
  }
})

test('a store that changed after approval is not committed', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a')
  view.inside('echo 2 >a')
  const chosen = await chosenIn(view)
  view.inside('echo 3 >a')
  const committed = await commit(view, { chosen })
  assert.deepEqual(committed, {
    ok: false,
    error: { message: 'a was changed after it was approved', isUnsettled: false },
  })
  assert.deepEqual(picture(view.folder), ['a 644 1\n'])
})

for (const [what, script] of [
  ['a file that was changed', 'echo 3 >a'],
  ['a file that was removed', 'rm a'],
  ['a file that was made', 'echo 3 >b'],
  ['a file that was added to a folder to be removed', 'echo 3 >d/new'],
  ['a mode that was changed', 'chmod 700 m'],
] as const) {
  test(`${what} in the folder after approval stops the commit`, async () => {
    using view = copyOnWrite()
    view.outside('echo 1 >a; mkdir d m; echo 1 >d/x')
    view.inside('echo 2 >a; echo 2 >b; rm -r d; chmod 711 m')
    const chosen = await chosenIn(view)
    view.outside(script)
    const old = picture(view.folder)
    const committed = await commit(view, { chosen })
    assert.ok(!committed.ok)
    assert.match(committed.error.message, /changed in the folder meanwhile/)
    assert.deepEqual(picture(view.folder), old)
  })
}

test('a folder that is swapped for a link at any point never lets a commit write elsewhere', async () => {
  for (const point of ['announced', 'staged', 'intended', 'applied 0', 'applied 1', 'applied']) {
    using view = copyOnWrite()
    view.outside('mkdir a b ../elsewhere; echo 1 >a/x; echo 1 >b/x; echo 1 >../elsewhere/x')
    view.inside('echo 2 >a/x; echo 2 >b/x; echo 2 >b/y')
    const elsewhere = join(view.folder, '../elsewhere')
    const onPoint = (here: string): void => {
      if (here !== point) return
      rmSync(join(view.folder, 'b'), { recursive: true })
      symlinkSync(elsewhere, join(view.folder, 'b'))
    }
    await commit(view, { onPoint })
    assert.deepEqual(picture(elsewhere), ['x 644 1\n'], point)
  }
})

test('files behind a hard link keep what they were', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >../other; ln ../other a')
  view.inside('echo 2 >a')
  assert.ok((await commit(view)).ok)
  assert.deepEqual(picture(view.folder), ['a 644 2\n'])
  view.outside('test "$(cat ../other)" = 1')
})

test('special bits are never committed', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a; chmod 755 a; mkdir shared; chmod 2775 shared')
  view.inside('chmod 4755 a; echo 1 >b; chmod 6755 b; chmod 2750 shared')
  assert.ok((await commit(view)).ok)
  assert.deepEqual(picture(view.folder), ['a 755 1\n', 'b 755 1\n', 'shared/ 2750'])
})

test('a commit can be cancelled, and nothing is left of it', async () => {
  using view = prepared()
  const old = picture(view.folder)
  const committed = await commit(view, { signal: AbortSignal.abort() })
  assert.deepEqual(committed, {
    ok: false,
    error: { message: 'the commit was cancelled', isUnsettled: false },
  })
  assert.deepEqual(picture(view.folder), old)
  assert.deepEqual(readdirSync(view.run), ['store'])
})

test('the digest stands for the paths, both states and the folder', async () => {
  using view = prepared()
  const chosen = await chosenIn(view)
  const digest = digestOfChanges(view.folder, chosen)
  assert.equal(digestOfChanges(view.folder, await chosenIn(view)), digest)
  const others = [digestOfChanges('/elsewhere', chosen), digestOfChanges(view.folder, chosen.slice(1))]
  view.inside('chmod 711 plain')
  others.push(digestOfChanges(view.folder, await chosenIn(view)))
  view.outside('echo 3 >modified')
  others.push(digestOfChanges(view.folder, await chosenIn(view)))
  assert.equal(new Set([digest, ...others]).size, 5)
})

test('a path that did not change cannot be chosen', async () => {
  using view = prepared()
  const listed = await listChanges(view.folder, view.store, { startedAtMs: 0, baseline: new Map() })
  assert.ok(listed.ok)
  const chosen = chooseChanges(listed.value, { ...allParts, only: ['modifie'] })
  assert.deepEqual(chosen, { ok: false, error: 'nothing changed at modifie' })
})
