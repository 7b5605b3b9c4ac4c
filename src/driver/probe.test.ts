import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { resultOf, withServer } from '../../test/harness/met-server.ts'
import type { StdioProgram } from '../kernel/manifest.ts'
import type { CallAnswer } from './mcp/session.ts'
import { probeDriver } from './probe.ts'
import type { RunningProgram } from './program.ts'
import { launchInGroup } from './program.ts'

const binaries = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url))
const hostile = fileURLToPath(new URL('../../test/hostile/drivers/', import.meta.url))

function program(command: string, args: readonly string[], env = {}): StdioProgram {
  return { protocol: 'mcp-stdio', command, args, cwd: '/', env }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-probe-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Remembers what was started, to see whether it was ended. */
function watched(): {
  readonly started: RunningProgram[]
  readonly launch: (program: StdioProgram) => RunningProgram
} {
  const started: RunningProgram[] = []
  const launch = (what: StdioProgram): RunningProgram => {
    const running = launchInGroup(what)
    started.push(running)
    return running
  }
  return { started, launch }
}

test('the official filesystem server is probed, pinned and gone', () =>
  withFolder(async (folder) => {
    const { started, launch } = watched()
    const offer = await probeDriver(program(`${binaries}mcp-server-filesystem`, [folder]), { launch })
    assert.ok(offer.ok, JSON.stringify(offer))
    const effects = new Map(offer.value.selectors.map(({ selector, effect }) => [selector, effect]))
    assert.equal(effects.get('tools/read_text_file'), 'observe')
    assert.equal(effects.get('tools/write_file'), 'act')
    assert.equal(effects.get('tools/create_directory'), 'change')
    assert.ok(offer.value.selectors.every(({ digest }) => /^[0-9a-f]{64}$/.test(digest)))
    assert.equal(await started[0]?.exited, 'died of SIGKILL')
    const again = await probeDriver(program(`${binaries}mcp-server-filesystem`, [folder]), { launch })
    assert.ok(again.ok)
    assert.deepEqual(again.value.selectors, offer.value.selectors)
  }))

test('the official memory server keeps what it is told', () =>
  withFolder(async (folder) => {
    const env = { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }
    const what = program(`${binaries}mcp-server-memory`, [], env)
    const offer = await probeDriver(what, { launch: launchInGroup })
    assert.ok(offer.ok, JSON.stringify(offer))
    assert.ok(offer.value.selectors.some(({ selector }) => selector === 'tools/create_entities'))
    await withServer(what, async ({ call }) => {
      const entities = '{"entities":[{"name":"ada","entityType":"person","observations":["counts"]}]}'
      assert.equal((await call('tools/create_entities', entities).answer).outcome, 'done')
      const read = await call('tools/read_graph').answer
      assert.match(JSON.stringify(resultOf(read)), /ada/)
    })
  }))

test('the filesystem server reads what is inside its folder and fails outside of it', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'in'))
    writeFileSync(join(folder, 'in', 'a.txt'), 'hello')
    const what = program(`${binaries}mcp-server-filesystem`, [join(folder, 'in')])
    await withServer(what, async ({ call }) => {
      const read = (path: string): Promise<CallAnswer> =>
        call('tools/read_text_file', JSON.stringify({ path })).answer
      const inside = await read(join(folder, 'in', 'a.txt'))
      assert.equal(inside.outcome, 'done')
      assert.match(JSON.stringify(resultOf(inside)), /hello/)
      assert.equal((await read('/etc/hostname')).outcome, 'failed')
    })
  }))

test('a probe that gets no answer says so in time and leaves nothing', async () => {
  const { started, launch } = watched()
  const failed = await probeDriver(program('sleep', ['60']), { launch, timeoutMs: 200 })
  assert.ok(!failed.ok)
  assert.match(failed.error.message, /not ready within 200 ms/)
  assert.equal(await started[0]?.exited, 'died of SIGKILL')
})

test('a probe of something that is no driver says why', async () => {
  const missing = await probeDriver(program('/no/such/program', []), { launch: launchInGroup })
  assert.ok(!missing.ok)
  assert.match(missing.error.message, /could not be started|closed its output/)
  const talks = await probeDriver(program('sh', ['-c', 'while echo hi; do :; done']), {
    launch: launchInGroup,
  })
  assert.ok(!talks.ok)
  assert.match(talks.error.message, /too often/)
})

test('a hostile program can be probed as long as nothing is called', async () => {
  const what = program(process.execPath, [`${hostile}escape.mjs`])
  const offer = await probeDriver(what, { launch: launchInGroup })
  assert.ok(offer.ok)
  assert.deepEqual(
    offer.value.selectors.map(({ selector, effect }) => [selector, effect]),
    [['tools/act', 'observe']],
  )
})
