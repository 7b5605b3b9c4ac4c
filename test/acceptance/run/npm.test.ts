/** npm under `custos run`, unmodified, against a registry of the test's own that a grant names by address. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CommandLineHome } from '../../harness/command-line-home.ts'
import type { LocalServer } from './run-world.ts'
import { localServer, runHome } from './run-world.ts'

let home: CommandLineHome
let registry: LocalServer

/** A package of one file as npm packs it. */
function packed(name: string, dependencies: { readonly [name: string]: string }): Buffer {
  const folder = join(home.folder, 'packages', name)
  mkdirSync(join(folder, 'package'), { recursive: true })
  const manifest = { name, version: '1.0.0', main: 'index.js', dependencies }
  writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package', 'index.js'), `module.exports = '${name} is here'\n`)
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'package'])
}

before(async () => {
  home = await runHome()
  const tarballs = new Map([
    ['greeter', packed('greeter', { 'greeter-words': '1.0.0' })],
    ['greeter-words', packed('greeter-words', {})],
  ])
  registry = await localServer((request, response) => {
    const [, name = '', file] = /^\/([a-z-]+)(\/-\/.*)?$/u.exec(request.url ?? '') ?? []
    const tarball = tarballs.get(name)
    if (tarball === undefined) return void response.writeHead(404).end('{}')
    if (file !== undefined) return void response.end(tarball)
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const dist = { tarball: `${registry.url}/${name}/-/${name}-1.0.0.tgz`, integrity }
    const dependencies = name === 'greeter' ? { 'greeter-words': '1.0.0' } : {}
    const version = { name, version: '1.0.0', main: 'index.js', dependencies, dist }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }))
  })
})
after(async () => {
  await registry.close()
  await home.remove()
})

test('npm installs a package with its dependency, which is used, reviewed and committed', async () => {
  const script = 'npm install --no-audit --no-fund greeter && node -p "require(\'greeter\')"'
  const variables = ['--env', `npm_config_registry=${registry.url}`]
  const ran = await home.run('run', '--json', '--net', registry.net, ...variables, '--', 'sh', '-c', script)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, /greeter is here/u)
  assert.equal(existsSync(join(home.work, 'node_modules')), false)
  const { run, changes } = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '') as {
    readonly run: string
    readonly changes: number
  }
  assert.ok(changes >= 6)
  assert.match(
    (await home.must('changes', 'show', run, '--stat')).stdout,
    /node_modules\/greeter-words\/index\.js/u,
  )
  await home.must('changes', 'commit', run, '--flagged')
  assert.match(readFileSync(join(home.work, 'node_modules/greeter/index.js'), 'utf8'), /greeter is here/u)
  assert.equal((await home.must('changes', '--json')).stdout.includes(run), false)
})

test('a registry that nobody named is not asked', async () => {
  const seen = registry.requests.length
  const variables = ['--env', `npm_config_registry=${registry.url}`, '--env', 'npm_config_fetch_retries=0']
  const ran = await home.run('run', '--time', '20s', ...variables, '--', 'npm', 'view', 'greeter')
  assert.notEqual(ran.status, 0)
  assert.equal(registry.requests.length, seen)
})
