/** The boundary that a manifest becomes, and what is started when there is none to be had. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { err } from '../base/result.ts'
import type { StdioProgram } from '../kernel/manifest.ts'
import type { Boundary, Confiner } from '../sandbox/boundary.ts'
import { bubblewrapConfiner } from '../sandbox/bubblewrap/confiner.ts'
import { confinedLaunch } from './confined-program.ts'
import { driverBoundary } from './driver-boundary.ts'

/** A home with a driver's folder in it, a project, and a package beside others. */
function inFolder(body: (folder: string, program: StdioProgram) => void | Promise<void>): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-driver-')))
  for (const name of [
    'h/drivers/files/package/dist',
    'h/drivers/files/data',
    'work',
    'shared',
    'p/node_modules/x/dist',
  ])
    mkdirSync(join(folder, name), { recursive: true })
  for (const name of [
    'h/drivers/files/package/dist/index.js',
    'p/node_modules/x/dist/index.js',
    'p/package.json',
  ])
    writeFileSync(join(folder, name), '')
  const program: StdioProgram = {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [],
    cwd: join(folder, 'work'),
    env: {},
  }
  return Promise.resolve(body(folder, program)).finally(() =>
    rmSync(folder, { recursive: true, force: true }),
  )
}

test('a program sees its code, its working folder and what its words name, and writes nothing', () =>
  inFolder((folder, program) => {
    const code = join(folder, 'p/node_modules/x/dist/index.js')
    const args = [code, join(folder, 'shared'), '--root=/nowhere', 'relative', '--log=../x']
    const { readable, writable, views, sockets, terminal } = driverBoundary(
      { ...program, args },
      { home: join(folder, 'h') },
    )
    for (const path of [join(folder, 'p/node_modules'), join(folder, 'work'), join(folder, 'shared')])
      assert.ok(readable.includes(path), path)
    assert.equal(readable.includes('/'), false)
    assert.ok(readable.every((path) => path !== '/nowhere'))
    assert.deepEqual([writable, views, sockets, terminal], [[], [], {}, 'none'])
  }))

test('what an operator signed is shown and written, and a driver’s own data folder with it', () =>
  inFolder((folder, program) => {
    const own = join(folder, 'h/drivers/files')
    const boundary = {
      readable: [join(folder, 'work')],
      writable: [join(folder, 'shared')],
      memoryMiB: 99,
      processes: 7,
    }
    const code = [{ path: join(own, 'package'), digest: '', origin: '' }]
    const made = driverBoundary(
      { ...program, code, boundary },
      { home: join(folder, 'h'), egress: '/run/d/s' },
    )
    assert.deepEqual([...made.writable].sort(), [join(own, 'data'), join(folder, 'shared')])
    assert.ok(made.readable.includes(join(own, 'package')))
    assert.deepEqual([made.limits.memoryMiB, made.limits.processes], [99, 7])
    assert.deepEqual(made.sockets, { egress: '/run/d/s' })
  }))

test('a person’s home is not shown because a driver was added there, nor by a link', () =>
  inFolder((folder, program) => {
    const link = join(folder, 'link')
    symlinkSync(homedir(), link)
    const atHome = driverBoundary(
      { ...program, cwd: homedir(), args: [homedir(), '/', '/home', '/tmp'] },
      { home: folder },
    )
    const throughLink = driverBoundary({ ...program, cwd: link }, { home: folder })
    for (const { readable } of [atHome, throughLink])
      for (const path of [homedir(), '/', '/home', '/tmp', '/root'])
        assert.equal(readable.includes(path), false, path)
  }))

test('of our environment a program hears no more than before, and its home is its own', () =>
  inFolder((folder, program) => {
    const before = process.env['CANARY_SECRET']
    process.env['CANARY_SECRET'] = 'canary'
    try {
      const { environment } = driverBoundary({ ...program, env: { MINE: 'yes' } }, { home: folder })
      assert.equal(environment['CANARY_SECRET'], undefined)
      assert.equal(environment['MINE'], 'yes')
      assert.equal(environment['HOME'], homedir())
    } finally {
      if (before === undefined) delete process.env['CANARY_SECRET']
      else process.env['CANARY_SECRET'] = before
    }
  }))

test('a program that cannot be held is not started, and says why', () =>
  inFolder(async (folder, program) => {
    const refusing: Confiner = {
      rung: 'bubblewrap',
      start: () => Promise.resolve(err('there is no boundary here')),
    }
    const broken: Confiner = { rung: 'bubblewrap', start: () => Promise.reject(new Error('broken')) }
    for (const [confiner, why] of [
      [refusing, /there is no boundary here/u],
      [broken, /broken/u],
    ] as const) {
      const running = await confinedLaunch({ confiner, home: folder, stderr: 'caught' })(program)
      assert.match(await running.exited, why)
      running.kill()
    }
  }))

test('a program is started with the boundary of its manifest, and its end is told in words', () =>
  inFolder(async (folder, program) => {
    const seen: Boundary[] = []
    const real = bubblewrapConfiner()
    const confiner: Confiner = {
      rung: 'bubblewrap',
      start: (boundary, what) => (seen.push(boundary), real.start(boundary, what)),
    }
    const launch = confinedLaunch({ confiner, home: join(folder, 'h'), stderr: 'caught' })
    const running = await launch({ ...program, args: ['-e', 'console.log(process.cwd()); process.exit(3)'] })
    const said = text(running.stdout)
    assert.equal(await running.exited, 'exited with 3')
    assert.equal((await said).trim(), join(folder, 'work'))
    assert.deepEqual(
      seen.map(({ cwd }) => cwd),
      [join(folder, 'work')],
    )
  }))
