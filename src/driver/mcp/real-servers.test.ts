/** Unmodified servers from npm, met as an adapter meets them. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Answerer } from '../../../test/harness/met-server.ts'
import { resultOf, textOf, withServer } from '../../../test/harness/met-server.ts'
import { serverBin } from '../../../test/harness/real-servers.ts'
import type { ReverseSelector, StdioProgram } from '../../kernel/manifest.ts'
import { probeDriver } from '../probe.ts'
import { launchInGroup } from '../program.ts'
import type { AskAnswer } from './session.ts'

function program(name: string, args: readonly string[], client?: readonly ReverseSelector[]): StdioProgram {
  const base = {
    protocol: 'mcp-stdio',
    // What these servers tell people is of no interest here.
    command: '/bin/sh',
    args: ['-c', 'exec "$0" "$@" 2>/dev/null', process.execPath, serverBin(name), ...args],
    cwd: '/',
    env: {},
  } as const
  return client === undefined ? base : { ...base, client }
}

function answered(value: object): Promise<AskAnswer> {
  return Promise.resolve({ kind: 'answered', result: Buffer.from(JSON.stringify(value)) })
}

for (const [name, args, revision, selectors] of [
  [
    '@modelcontextprotocol/server-everything',
    ['stdio'],
    '2025-11-25',
    ['completion/complete', 'prompts/get', 'resources/read', 'resources/subscribe'],
  ],
  ['@modelcontextprotocol/server-sequential-thinking', [], '2025-11-25', []],
  ['@notionhq/notion-mcp-server', [], '2025-11-25', []],
  ['mongodb-mcp-server', [], '2026-07-28', ['completion/complete', 'resources/read', 'resources/subscribe']],
  ['@upstash/context7-mcp', [], '2026-07-28', ['prompts/get', 'resources/read']],
] as const)
  test(`${name} is met in its revision, and offers the same twice`, async () => {
    const probe = (): ReturnType<typeof probeDriver> =>
      probeDriver(program(name, args), { launch: launchInGroup, timeoutMs: 120_000 })
    const first = await probe()
    assert.ok(first.ok, first.ok ? '' : first.error.message)
    assert.equal(first.value.revision, revision)
    const names = first.value.selectors.map(({ selector }) => selector)
    assert.deepEqual(
      names.filter((selector) => !selector.startsWith('tools/')),
      selectors,
    )
    assert.ok(names.some((selector) => selector.startsWith('tools/')))
    const second = await probe()
    assert.ok(second.ok)
    assert.deepEqual(second.value.selectors, first.value.selectors)
  })

test('the everything server reads, prompts, completes, tells and asks', () => {
  const all = ['client/roots', 'client/sampling', 'client/elicitation'] as const
  const answer: Answerer = (selector) => {
    if (selector === 'client/sampling')
      return answered({ model: 'm', role: 'assistant', content: { type: 'text', text: 'sampled words' } })
    return selector === 'client/roots' ? answered({ roots: [] }) : answered({ action: 'decline' })
  }
  const what = program('@modelcontextprotocol/server-everything', ['stdio'], all)
  return withServer(
    what,
    async ({ session, call }) => {
      assert.ok((await session.definitions()).ok)
      assert.match(textOf(await call('tools/echo', '{"message":"hello"}').answer), /hello/)
      const sampling = call('tools/trigger-sampling-request', '{"prompt":"p","maxTokens":10}', { answer })
      assert.match(JSON.stringify(resultOf(await sampling.answer)), /sampled words/)
      const long = call('tools/trigger-long-running-operation', '{"duration":1,"steps":4}', {
        progress: true,
      })
      assert.equal((await long.answer).outcome, 'done')
      assert.deepEqual(
        long.progress.map(({ progress }) => progress),
        [1, 2, 3, 4],
      )
      const page = await session.resources(null)
      assert.ok(page.ok)
      const { uri } = page.value.resources[0] as { uri: string }
      assert.equal((await call('resources/read', JSON.stringify({ uri })).answer).outcome, 'done')
      assert.equal((await call('prompts/get', '{"name":"simple-prompt"}').answer).outcome, 'done')
    },
    { answer },
  )
})

test('the filesystem server serves its folder, or the roots that the driver was granted, and no others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-roots-'))
  try {
    for (const name of ['configured', 'granted']) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'file.txt'), `text of ${name}`)
    }
    const args = [join(folder, 'configured')]
    const read = (name: string): readonly [string, string] => [
      'tools/read_text_file',
      JSON.stringify({ path: join(folder, name, 'file.txt') }),
    ]
    const roots: Answerer = () => answered({ roots: [{ uri: `file://${join(folder, 'granted')}` }] })
    await withServer(
      program('@modelcontextprotocol/server-filesystem', args),
      async ({ call, asked }) => {
        assert.equal((await call(...read('configured')).answer).outcome, 'done')
        assert.equal((await call(...read('granted')).answer).outcome, 'failed')
        assert.deepEqual(asked, [])
      },
      { answer: roots },
    )
    await withServer(
      program('@modelcontextprotocol/server-filesystem', args, ['client/roots']),
      async ({ call, asked }) => {
        while ((await call(...read('granted')).answer).outcome !== 'done');
        assert.deepEqual(asked, ['client/roots'])
        assert.equal((await call(...read('configured')).answer).outcome, 'failed')
      },
      { answer: roots },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
