import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { MetServer } from '../../../test/harness/met-server.ts'
import { withServer } from '../../../test/harness/met-server.ts'
import type { StdioProgram } from '../../kernel/manifest.ts'
import { legacyServerRevisions } from '../../mcp/revision.ts'
import { launchInGroup } from '../program.ts'
import { probeDriver } from '../probe.ts'
import { Conversation } from './conversation.ts'
import type { Outgoing } from './link.ts'
import { negotiate } from './negotiate.ts'

const script = fileURLToPath(new URL('../../../test/hostile/drivers/era.mjs', import.meta.url))

function program(...args: readonly string[]): StdioProgram {
  return { protocol: 'mcp-stdio', command: process.execPath, args: [script, ...args], cwd: '/', env: {} }
}

function meeting(manner: string, patienceMs: number, use: (met: MetServer) => void): Promise<void> {
  const check = async (met: MetServer): Promise<void> => {
    use(met)
    assert.ok((await met.session.definitions()).ok)
  }
  return withServer(program(manner), check, { patienceMs })
}

test('a program that ignores what it does not know gets the handshake', () =>
  meeting('silent', 50, ({ session, started }) => {
    assert.deepEqual([session.era, session.info.revision, started.length], ['legacy', '2025-06-18', 1])
  }))

test('a program that exits on what it does not know is started again', () =>
  meeting('touchy', 10_000, ({ session, started }) => {
    assert.deepEqual([session.era, started.length], ['legacy', 2])
  }))

test('a stateless program that is slow is not taken for a sessionful one', () =>
  meeting('slow', 50, ({ session, started }) => {
    assert.deepEqual([session.era, session.info.revision, started.length], ['modern', '2026-07-28', 1])
  }))

test('a discovery that makes no sense is followed by the handshake', () =>
  meeting('confused', 10_000, ({ session }) => assert.equal(session.era, 'legacy')))

test('a program that knows only the future is told so, and is not greeted', async () => {
  const probed = await probeDriver(program('newer'), { launch: launchInGroup })
  assert.ok(!probed.ok)
  assert.match(probed.error.message, /speaks only the MCP revisions 2099-01-01/)
})

/** Negotiates over HTTP with whatever `respond` does for each request. */
async function overHttp(
  respond: (conversation: Conversation, about: Outgoing) => void,
): Promise<{ readonly outcome: string; readonly methods: readonly (string | null)[] }> {
  const conversation = new Conversation()
  const methods: (string | null)[] = []
  conversation.open({
    kind: 'http',
    send(_bytes, about) {
      methods.push(about.method)
      setImmediate(() => respond(conversation, about))
    },
    abandon() {},
    close: (reason) => conversation.ended(reason),
  })
  const negotiated = await negotiate(conversation, { declared: [] })
  return { outcome: negotiated.ok ? negotiated.value.era : negotiated.error, methods }
}

test('over HTTP a client’s fault means sessionful, and neither locked doors nor outages mean anything', async () => {
  for (const [status, era] of [
    [400, 'legacy'],
    [404, 'legacy'],
    [405, 'legacy'],
    [401, 'refused'],
    [403, 'refused'],
    [500, 'refused'],
    [null, 'refused'],
  ] as const) {
    const { outcome, methods } = await overHttp((conversation, { id, method }) => {
      if (method === 'server/discover')
        conversation.failed(id ?? 0, { reason: 'refused', sent: true, status, error: null })
      if (method === 'initialize') {
        const result = {
          protocolVersion: '2025-11-25',
          capabilities: {},
          serverInfo: { name: 'x', version: '1' },
        }
        conversation.received(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result })), id)
      }
    })
    assert.equal(outcome, era, String(status))
    assert.equal(methods.includes('initialize'), era === 'legacy')
  }
})

test('a handshake that settles on a revision nobody here speaks is refused', async () => {
  const { outcome } = await overHttp((conversation, { id, method }) => {
    const error = { code: -32_601, message: 'no' }
    if (method === 'server/discover')
      conversation.failed(id ?? 0, { reason: '', sent: true, status: 400, error })
    else {
      const result = { protocolVersion: '1999-01-01', capabilities: {} }
      conversation.received(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result })), id)
    }
  })
  assert.match(outcome, /speaks none of the MCP revisions/)
  assert.ok(legacyServerRevisions.every((revision) => outcome.includes(revision)))
})
