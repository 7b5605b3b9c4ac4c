import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyOnWrite, picture, removeFolder } from '../../../test/harness/copy-on-write.ts'
import type { Change } from './change.ts'
import { chooseChanges } from './chosen-changes.ts'
import { commitChanges } from './commit/commit-changes.ts'
import { listChanges } from './list-changes.ts'

/** A small generator of our own: a seed is printed with a failure and is all that is needed to repeat it. */
function drawing(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const names = ['a', 'b', 'a/a', 'a/b', 'b/a', 'a/a/a', 'a/b/c', 'b/a/b', 'c']

/** A script of steps that may each fail: what matters is what it leaves. */
function script(draw: (below: number) => number, steps: number): string {
  const pick = (): string => names[draw(names.length)] ?? 'a'
  const step = (): string => {
    const [one, other] = [pick(), pick()]
    const steps = [
      `mkdir -p ${one}`,
      `printf ${draw(3)} >${one}`,
      `rm -rf ${one}`,
      `mv -T ${one} ${other}`,
      `chmod ${['600', '755', '700', '640'][draw(4)]} ${one}`,
      `ln -sfnT ${other} ${one}`,
      `cp -a ${one} ${other}`,
      `rmdir ${one}`,
      `ln -f ${one} ${other}`,
    ]
    return steps[draw(steps.length)] ?? 'true'
  }
  return Array.from({ length: steps }, () => `{ ${step()}; } 2>/dev/null || true`).join('\n')
}

test('whatever a program does, committing it all makes the folder what the program saw', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const draw = drawing(seed)
    using view = copyOnWrite()
    view.outside(script(draw, 12))
    view.inside(script(draw, 15))
    const copy = join(view.run, 'copy')
    view.inside(`cp -a . ${copy}`)
    const seen = picture(copy)
    removeFolder(copy)
    const changes = await list(view.folder, view.store)
    await commit(view.folder, view.store, changes)
    assert.deepEqual(picture(view.folder), seen, `seed ${seed}`)
    assert.deepEqual(await list(view.folder, view.store), [], `seed ${seed}`)
  }
})

test('part by part leads to the same as all at once', async () => {
  for (let seed = 101; seed <= 130; seed++) {
    const draw = drawing(seed)
    using view = copyOnWrite()
    view.outside(script(draw, 12))
    view.inside(script(draw, 15))
    const copy = join(view.run, 'copy')
    view.inside(`cp -a . ${copy}`)
    const seen = picture(copy)
    removeFolder(copy)
    for (let round = 0; round < 50; round++) {
      const changes = await list(view.folder, view.store)
      if (changes.length === 0) break
      const only = [changes[draw(changes.length)]?.path ?? '']
      const parts = { only: round < 40 ? only : [], except: [], overwrite: false }
      const chosen = chooseChanges({ folder: view.folder, changes }, parts)
      assert.ok(chosen.ok)
      await commit(view.folder, view.store, chosen.value)
    }
    assert.deepEqual(picture(view.folder), seen, `seed ${seed}`)
  }
})

async function list(folder: string, store: string): Promise<readonly Change[]> {
  const listed = await listChanges(folder, store, { startedAtMs: Date.now() + 60_000, baseline: new Map() })
  assert.ok(listed.ok, listed.ok ? '' : listed.error)
  return listed.value.changes
}

async function commit(folder: string, store: string, chosen: readonly Change[]): Promise<void> {
  const journal = join(store, '..', 'commit.json')
  const committed = await commitChanges({ folder, store, journal, chosen })
  assert.ok(committed.ok, committed.ok ? '' : committed.error.message)
  assert.ok(!existsSync(journal))
}
