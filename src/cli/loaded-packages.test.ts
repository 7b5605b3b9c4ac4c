/** A process that signs orders holds an operator's key: no code but ours and Node's own is in it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('main.ts', import.meta.url))
const watch = `
  import { registerHooks } from 'node:module'
  registerHooks({ load(url, context, next) {
    if (url.includes('/node_modules/')) process.stderr.write('loaded ' + url + '\\n')
    return next(url, context)
  } })`

for (const words of [['version'], ['help'], ['approve', '1'], ['grant', 'a', 'b', 'c'], ['resume']]) {
  test(`custos ${words[0]} loads no package`, () => {
    const hook = `data:text/javascript,${encodeURIComponent(watch)}`
    const argv = ['--import', hook, cli, ...words, '--home', '/nonexistent/home']
    const { stderr, error } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    assert.equal(error, undefined)
    assert.ok(!stderr.includes('loaded '), stderr)
  })
}

test('the watch sees a package', () => {
  const hook = `data:text/javascript,${encodeURIComponent(watch)}`
  const program = 'await import("zod")'
  const { stderr } = spawnSync(process.execPath, ['--import', hook, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  assert.match(stderr, /loaded .*zod/u)
})
