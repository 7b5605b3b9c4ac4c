import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CopyOnWrite } from '../../../test/harness/copy-on-write.ts'
import { copyOnWrite } from '../../../test/harness/copy-on-write.ts'
import type { Baseline } from './baseline.ts'
import type { Change } from './change.ts'
import { listChanges } from './list-changes.ts'

async function changesOf(
  view: CopyOnWrite,
  startedAtMs = Date.now() + 60_000,
  baseline: Baseline = new Map(),
): Promise<readonly Change[]> {
  const listed = await listChanges(view.folder, view.store, { startedAtMs, baseline })
  assert.ok(listed.ok, listed.ok ? '' : listed.error)
  return listed.value.changes
}

async function summary(view: CopyOnWrite): Promise<readonly string[]> {
  return (await changesOf(view)).map(({ change, path }) => `${change} ${path}`)
}

async function flags(view: CopyOnWrite): Promise<readonly string[]> {
  const changes = await changesOf(view)
  return changes.flatMap(({ path, flags }) => flags.map(({ kind }) => `${path} ${kind}`))
}

test('additions, modifications, removals, changed types and changed modes are told apart', async () => {
  using view = copyOnWrite()
  view.outside(
    'echo 1 >kept; echo 1 >modified; echo 1 >removed; echo 1 >typed; echo 1 >mode; mkdir d; echo 1 >d/x',
  )
  view.inside(
    'echo 2 >modified; rm removed typed; ln -s kept typed; chmod 600 mode; echo 1 >added; mkdir -p new/deep; echo 1 >new/deep/f; rm -r d',
  )
  assert.deepEqual(await summary(view), [
    'added added',
    'removed d',
    'removed d/x',
    'mode-changed mode',
    'modified modified',
    'added new',
    'added new/deep',
    'added new/deep/f',
    'removed removed',
    'type-changed typed',
  ])
})

test('a file that was written and is the same is no change', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a; mkdir d; echo 1 >d/b')
  view.inside('echo 1 >a; touch d/b; mv d/b d/c; mv d/c d/b')
  assert.deepEqual(await summary(view), [])
})

test('a folder that was removed and made anew hides what was in it', async () => {
  using view = copyOnWrite()
  view.outside('mkdir -p d/deep; echo 1 >d/gone; echo 1 >d/kept; echo 1 >d/deep/gone')
  view.inside('rm -r d; mkdir d; echo 1 >d/kept; echo 1 >d/new')
  assert.deepEqual(await summary(view), [
    'removed d/deep',
    'removed d/deep/gone',
    'removed d/gone',
    'added d/new',
  ])
})

test('a folder that becomes a file tells of everything that was in it', async () => {
  using view = copyOnWrite()
  view.outside('mkdir -p d/deep; echo 1 >d/deep/gone; echo 1 >f')
  view.inside('rm -r d; echo 1 >d; rm f; mkdir f; echo 1 >f/x')
  assert.deepEqual(await summary(view), [
    'type-changed d',
    'removed d/deep',
    'removed d/deep/gone',
    'type-changed f',
    'added f/x',
  ])
})

test('pipes and sockets are told of and blocked, and so are names that are no text', async () => {
  using view = copyOnWrite()
  view.inside(`mkfifo pipe; echo 1 >"$(printf 'bad\\377')"`)
  const changes = await changesOf(view)
  assert.deepEqual(
    changes.map(({ blocked }) => blocked !== ''),
    [true, true],
  )
})

test('a link that leads out is flagged, directly, by way of others, and through what it replaces', async () => {
  using view = copyOnWrite()
  view.outside('mkdir -p d/deep; ln -s / root')
  view.inside(`
    ln -s /etc/passwd direct; ln -s ../../x d/up; ln -s deep/../../.. d/climb; ln -s hop1 chain; ln -s d/up hop1
    ln -s root/etc through; ln -s d/deep inside; ln -s $PWD/d elsewhere; ln -s round round; ln -s missing dangling
    rm -r d/deep; ln -s / d/deep`)
  assert.deepEqual(
    (await flags(view)).filter((flag) => flag.includes('link-out')),
    ['chain', 'd/climb', 'd/deep', 'd/up', 'direct', 'elsewhere', 'hop1', 'inside', 'round', 'through'].map(
      (path) => `${path} link-out`,
    ),
  )
})

test('what programs run or obey on their own is flagged', async () => {
  using view = copyOnWrite()
  view.outside(`printf '{"scripts":{"test":"a"}}' >package.json; echo 1 >Name`)
  view.inside(`
    mkdir -p .git/hooks .git/objects/ab .husky .github/workflows .vscode .claude node_modules/a bare
    touch .git/hooks/pre-commit .git/hooks/pre-push.sample; chmod +x .git/hooks/pre-push.sample; touch .git/objects/ab/cd .git/index .husky/pre-push .github/workflows/ci.yml .vscode/tasks.json
    touch .claude/settings.json CLAUDE.md .mcp.json .bashrc .gitlab-ci.yml .GITATTRIBUTES plain.txt node_modules/a/.eslintrc
    printf '[core]\\n\\thooksPath = /tmp/x\\n' >.git/config
    printf '[core]\\n\\tfsmonitor = evil\\n' >bare/config
    printf '{"scripts":{"test":"b"}}' >package.json
    printf '{"scripts":{"postinstall":"x","build":"y"}}' >node_modules/a/package.json
    printf 'resolved "https://user@evil.example/x.tgz"' >yarn.lock
    touch run; chmod +x run; touch bits; chmod u+s bits; touch one; ln one two; touch name; touch "$(printf 'a\\342\\200\\256b')"`)
  assert.deepEqual(await flags(view), [
    '.GITATTRIBUTES git-configuration',
    '.bashrc dot-file',
    '.claude/settings.json agent-configuration',
    '.git/config git-configuration',
    '.git/config git-configuration',
    '.git/hooks/pre-commit hook',
    '.github/workflows/ci.yml ci',
    '.gitlab-ci.yml ci',
    '.husky/pre-push hook',
    '.mcp.json agent-configuration',
    '.vscode/tasks.json editor-configuration',
    'CLAUDE.md agent-configuration',
    'a\u202eb name',
    'bare/config git-configuration',
    'bits special-bits',
    'name same-name',
    'node_modules/a/package.json package-scripts',
    'package.json package-scripts',
    'run executable',
    'two hard-link',
    'yarn.lock new-source',
  ])
})

test('what changed in the folder after the program began is a conflict', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a; echo 1 >b')
  const startedAtMs = Date.now() + 50
  await new Promise((resolve) => void setTimeout(resolve, 150))
  view.inside('echo 2 >a; echo 2 >b; echo 2 >c')
  view.outside('echo 3 >b')
  const changes = await changesOf(view, startedAtMs)
  assert.deepEqual(
    changes.map(({ path, conflict }) => [path, conflict !== '']),
    [
      ['a', false],
      ['b', true],
      ['c', false],
    ],
  )
})

test('once a change was seen, only another state in the folder is a conflict', async () => {
  using view = copyOnWrite()
  view.outside('echo 1 >a; echo 1 >b; echo 1 >d')
  view.inside('echo 2 >a; echo 2 >b; echo 2 >c; echo 2 >d')
  const baseline: Baseline = new Map()
  await changesOf(view, Date.now() + 60_000, baseline)
  view.outside('touch a; echo 3 >b; echo 3 >c; rm d')
  const changes = await changesOf(view, 1, baseline)
  assert.deepEqual(
    changes.map(({ path, conflict }) => [path, conflict]),
    [
      ['a', ''],
      ['b', 'it was changed in the folder meanwhile'],
      ['c', 'it was made in the folder meanwhile'],
      ['d', 'it was removed from the folder meanwhile'],
    ],
  )
})

test('a folder of the store that was swapped for a link is not followed', async () => {
  using view = copyOnWrite()
  view.inside('mkdir d; echo 1 >d/passwd')
  // As a program does that still runs, between the look at a name and the opening of it.
  view.outside(`rm -r ../run/store/upper/d; ln -s /etc ../run/store/upper/d`)
  assert.deepEqual(await summary(view), ['added d'])
})

test('the list has limits on depth', async () => {
  using view = copyOnWrite()
  view.inside('i=0; while [ $i -lt 110 ]; do mkdir d; cd d; i=$((i+1)); done')
  const listed = await listChanges(view.folder, view.store, { startedAtMs: 0, baseline: new Map() })
  assert.ok(!listed.ok)
  assert.match(listed.error, /deep/)
})
