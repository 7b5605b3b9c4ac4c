/** Packages of the machine as installers lay them out: in place, or behind links; each with a real worker. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-packages-')))
// Under Landlock root's programs are users to whom nothing belongs.
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true, force: true }))

const packages = ['quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync', '@jitl/quickjs-ffi-types']
const linked = join(folder, 'linked')
copySources(linked)
for (const name of packages) storeOf(linked, name)
// What only other packages need is not laid at the top.
for (const name of packages.slice(0, 2))
  link(storePath(linked, name, name), join(linked, 'node_modules', name))
for (const name of packages.slice(0, 2))
  link(storePath(linked, packages[2] ?? '', packages[2] ?? ''), storePath(linked, name, packages[2] ?? ''))

/** Runs a script in the copy, in a boundary, and says how it ended. */
function runIn(copy: string, launch: string): { readonly how?: string; readonly text: string } {
  const program = `
    import { startWorker } from ${JSON.stringify(join(copy, 'src/sandbox/quickjs/worker-process.ts'))}
    import { confinedWorker, plainWorker } from ${JSON.stringify(join(copy, 'src/sandbox/quickjs/worker-launch.ts'))}
    import { confinerOn } from ${JSON.stringify(join(copy, 'src/sandbox/ladder.ts'))}
    const task = { seed: '0'.repeat(32), startedAt: 1, fuel: 1e6, memoryMiB: 16, syscalls: 10 }
    const source = new TextEncoder().encode('export default 6 * 7')
    const started = await startWorker({ task, source, turnMs: 20_000, launch: ${launch} }, { onAsk() {}, onLog() {} })
    console.log(JSON.stringify(started.ok ? await started.value.ended : { text: started.error }))
    process.exit(0)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  assert.match(stdout, /^\{/u, stderr)
  return JSON.parse(stdout) as { readonly how?: string; readonly text: string }
}

for (const launch of ["confinedWorker(confinerOn('bubblewrap'))", "confinedWorker(confinerOn('landlock'))"]) {
  test(`a worker runs where packages are links into a store, by ${launch}`, () => {
    const end = runIn(linked, launch)
    assert.deepEqual([end.how, end.text], ['finished', '42'], JSON.stringify(end))
  })
}

test('and as a plain process', () => {
  const end = runIn(linked, 'plainWorker()')
  assert.deepEqual([end.how, end.text], ['finished', '42'], JSON.stringify(end))
})

test('a folder of packages that is itself a link is refused with a sentence', () => {
  const elsewhere = join(folder, 'elsewhere')
  renameSync(join(linked, 'node_modules'), elsewhere)
  symlinkSync(elsewhere, join(linked, 'node_modules'))
  const { how, text } = runIn(linked, "confinedWorker(confinerOn('bubblewrap'))")
  assert.equal(how, undefined)
  assert.equal(
    text,
    `${linked}/node_modules is a link, and packages behind one are not there inside a boundary: install them in ${linked} itself`,
  )
})

function copySources(to: string): void {
  for (const part of ['src/base', 'src/wire', 'src/kernel', 'src/sandbox', 'package.json'])
    cpSync(join(repository, part), join(to, part), { recursive: true })
}

/** As pnpm has it: one folder for each package, with links to what it stands on. */
function storePath(copy: string, holder: string, name: string): string {
  return join(copy, 'node_modules/.pnpm', holder.replace('/', '+'), 'node_modules', name)
}

function storeOf(copy: string, name: string): void {
  cpSync(join(repository, 'node_modules', name), storePath(copy, name, name), {
    recursive: true,
    dereference: true,
  })
}

function link(target: string, at: string): void {
  mkdirSync(dirname(at), { recursive: true })
  symlinkSync(relative(dirname(at), target), at)
}
