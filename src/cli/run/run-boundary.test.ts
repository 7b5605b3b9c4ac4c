/** The boundary that words on a command line become. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Boundary } from '../../sandbox/boundary.ts'
import { runCommand } from '../command/run.ts'
import { commonFlags } from '../command.ts'
import { parseArguments } from '../arguments.ts'
import { CommandFailure } from '../exit.ts'
import { runBoundary, withEgress } from './run-boundary.ts'
import { makeRunFolder } from './run-record.ts'
import type { Guarded, RunRequest } from './run-request.ts'
import { runRequest } from './run-request.ts'

interface World {
  readonly base: string
  readonly work: string
  readonly guarded: Guarded
  readonly request: (...words: readonly string[]) => RunRequest
  readonly boundary: (env: NodeJS.ProcessEnv, ...words: readonly string[]) => Boundary
}

/** A person's home with a project, tools and secrets in it. */
function inWorld(body: (world: World) => void): void {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'custos-boundary-')))
  const home = join(base, 'me')
  const work = join(home, 'work')
  for (const name of [
    'work',
    '.custos/runs',
    '.config/custos/operators',
    '.nvm',
    '.ssh',
    '.local/bin',
    'bin',
  ])
    mkdirSync(join(home, name), { recursive: true })
  const guarded = { own: [join(home, '.custos'), join(home, '.config/custos/operators')], home }
  const request = (...words: readonly string[]): RunRequest => {
    const parsed = parseArguments(
      ['--folder', work, ...words, '--', 'true', 'x'],
      [...runCommand.flags, ...commonFlags],
    )
    assert.ok(parsed.ok)
    return runRequest(parsed.value, { SEEN: 'yes' }, guarded)
  }
  try {
    body({
      base,
      work,
      guarded,
      request,
      boundary(env, ...words) {
        const run = makeRunFolder(join(home, '.custos'))
        const source = {
          request: request(...words),
          run,
          guarded,
          env,
          token: 'custos_t',
          agentSocket: '/h/agent.sock',
        }
        const made = runBoundary({ ...source, rung: 'bubblewrap', terminal: 'none' })
        return withEgress(made, run.egress, '')
      },
    })
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

function refused(body: () => unknown): string {
  try {
    body()
  } catch (problem) {
    if (problem instanceof CommandFailure) return problem.message
    throw problem
  }
  throw new Error('it was not turned down')
}

test('the folder is a private view, the host is read-only, and what Custos keeps is hidden', () => {
  inWorld(({ boundary, work, guarded }) => {
    const made = boundary({ PATH: '/usr/bin' })
    assert.deepEqual(
      made.views.map(({ path }) => path),
      [work],
    )
    assert.ok(made.readable.includes('/'))
    assert.deepEqual(made.writable, [])
    assert.deepEqual(made.hidden, guarded.own)
    assert.equal(made.cwd, work)
    assert.ok(made.views.every(({ store }) => existsSync(store)))
  })
})

test('of the person’s variables only harmless ones go in, with what was asked for', () => {
  inWorld(({ boundary, guarded }) => {
    const env = {
      PATH: '/usr/bin',
      TERM: 'xterm',
      AWS_SECRET_ACCESS_KEY: 'canary',
      NPM_TOKEN: 'canary',
      NODE_OPTIONS: '-r x',
    }
    const { environment } = boundary(env, '--env', 'SEEN', '--env', 'MINE=1=2')
    assert.equal(environment['TERM'], 'xterm')
    assert.equal(environment['SEEN'], 'yes')
    assert.equal(environment['MINE'], '1=2')
    assert.equal(environment['HOME'], guarded.home)
    assert.equal(environment['NODE_OPTIONS'], undefined)
    assert.equal(JSON.stringify(environment).includes('canary'), false)
  })
})

test('tools in the home are shown, and nothing else of it', () => {
  inWorld(({ boundary, guarded }) => {
    const { home } = guarded
    const path = [
      join(home, 'bin'),
      join(home, '.custos/runs'),
      join(home, 'missing'),
      'relative',
      '/usr/bin',
    ].join(':')
    const made = boundary({ PATH: path })
    const inHome = made.readable.filter((name) => name !== '/')
    assert.deepEqual([...inHome].sort(), [join(home, '.local/bin'), join(home, '.nvm'), join(home, 'bin')])
    assert.equal(made.environment['PATH'], `${join(home, 'bin')}:/usr/bin:/usr/local/bin:/bin`)
  })
})

test('a folder on the PATH that a link in the home leads to is named by where it is', () => {
  inWorld(({ base, guarded, boundary }) => {
    const tools = join(base, 'opt/tools')
    mkdirSync(tools, { recursive: true })
    symlinkSync(tools, join(guarded.home, 'tools'))
    const { readable, environment } = boundary({ PATH: join(guarded.home, 'tools') })
    assert.equal(environment['PATH']?.split(':')[0], tools)
    assert.ok(readable.includes(tools))
  })
})

test('a tool folder that is a link into what is hidden is not shown', () => {
  inWorld(({ boundary, guarded }) => {
    const { home } = guarded
    symlinkSync(join(home, '.custos'), join(home, '.volta'))
    symlinkSync(home, join(home, '.asdf'))
    const { readable } = boundary({ PATH: '/usr/bin' })
    assert.equal(
      readable.some((path) => path.includes('.custos') || path === home),
      false,
    )
  })
})

test('npm’s cache is a private view that is thrown away, and its registry the person’s without their token', () => {
  inWorld(({ boundary, guarded, work }) => {
    const cache = join(guarded.home, '.npm', '_cacache')
    mkdirSync(cache, { recursive: true })
    writeFileSync(
      join(guarded.home, '.npmrc'),
      '//r.example/:_authToken=canary\nregistry=https://r.example/npm/\n',
    )
    const made = boundary({ PATH: '/usr/bin' })
    assert.deepEqual(
      made.views.map(({ path }) => path),
      [work, cache],
    )
    assert.equal(made.environment['npm_config_registry'], 'https://r.example/npm/')
    assert.equal(JSON.stringify(made).includes('canary'), false)
    writeFileSync(join(guarded.home, '.npmrc'), 'registry=https://me:canary@r.example/npm/\n')
    assert.equal(boundary({ PATH: '/usr/bin' }).environment['npm_config_registry'], undefined)
  })
})

test('folders that give everything away are turned down, whichever way they are named', () => {
  inWorld(({ request, guarded, base, work }) => {
    const { home } = guarded
    assert.match(
      refused(() => request('--writable', home)),
      /whole home|Custos itself/u,
    )
    assert.match(
      refused(() => request('--writable', '/')),
      /whole home|Custos itself/u,
    )
    assert.match(
      refused(() => request('--writable', join(home, '.custos/runs'))),
      /Custos itself/u,
    )
    assert.match(
      refused(() => request('--writable', join(home, '.config'))),
      /Custos itself/u,
    )
    symlinkSync(join(home, '.custos'), join(base, 'link'))
    assert.match(
      refused(() => request('--writable', join(base, 'link'))),
      /Custos itself/u,
    )
    assert.match(
      refused(() => request('--writable', join(base, 'nothing'))),
      /not there/u,
    )
    assert.deepEqual(request('--writable', work).hasView, false)
  })
})

test('limits, rungs and variables are read strictly', () => {
  inWorld(({ request }) => {
    const { limits } = request('--memory', '256', '--processes', '40', '--time', '90s')
    assert.deepEqual([limits.memoryMiB, limits.processes, limits.wallMs], [256, 40, 90_000])
    for (const words of [
      ['--memory', '0'],
      ['--memory', '1e3'],
      ['--processes', '-1'],
      ['--time', '5'],
      ['--rung', 'none'],
      ['--env', '=x'],
      ['--env', 'MISSING'],
      ['--net', 'http://x'],
    ])
      assert.ok(refused(() => request(...words)).length > 0, words.join(' '))
  })
})

test('git is told the person’s author and nothing else of their settings, unless the folder has one', () => {
  inWorld(({ boundary, guarded, work }) => {
    const settings =
      '[url "https://me:canary@host/"]\n\tinsteadOf = x\n[user]\n\tname = "Ada L"\n\temail = ada@example.org\n'
    writeFileSync(join(guarded.home, '.gitconfig'), settings)
    const { environment } = boundary({ PATH: '/usr/bin' })
    assert.equal(environment['GIT_AUTHOR_NAME'], 'Ada L')
    assert.equal(environment['GIT_COMMITTER_EMAIL'], 'ada@example.org')
    assert.equal(JSON.stringify(environment).includes('canary'), false)
    mkdirSync(join(work, '.git'))
    writeFileSync(join(work, '.git', 'config'), '[user]\n\temail = other@example.org\n')
    assert.equal(boundary({ PATH: '/usr/bin' }).environment['GIT_AUTHOR_NAME'], undefined)
  })
})
