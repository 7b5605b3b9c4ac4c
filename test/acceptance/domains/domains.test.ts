/** Domains of one home: their states, what they know of each other, and how clients reach them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { JsonObject } from '../../../src/base/json.ts'
import type { DomainHome } from './domain-home.ts'
import { eventually, inDomains, numberIn } from './domain-home.ts'

const patience = { timeout: 300_000 }

function gatewayUrl(home: DomainHome): Promise<string> {
  return eventually(() => {
    try {
      const { url } = JSON.parse(readFileSync(join(home.cli.home, 'run', 'gateway.json'), 'utf8')) as {
        url: string
      }
      return Promise.resolve(url)
    } catch {
      return Promise.resolve(null)
    }
  }, 'the gateway')
}

/** One POST to the gateway; what it says, without what differs with the path that was asked for. */
async function post(url: string, path: string, token: string): Promise<string> {
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: '{}',
  })
  return `${answer.status} ${await answer.text()}`
}

test('a first start makes a sovereign that runs nothing, and main', patience, () =>
  inDomains(async (home) => {
    const [main, ...others] = await home.list('domain', 'list')
    assert.deepEqual([main?.['name'], main?.['status'], others.length], ['main', 'active', 0])
    const [created] = await home.bodies('sovereign', 'domain.created')
    assert.equal(created?.['role'], 'sovereign')
    const refused = await home.fails(1, 'agent', 'add', 'nobody', '--domain', 'sovereign')
    assert.match(refused.stderr, /not-entitled/u)
    await home.fails(2, 'agent', 'list', '--domain', 'No such name')
    await home.fails(3, 'agent', 'list', '--domain', 'absent')
  }),
)

/** What a person sees of the domain `work`, with its driver `log` and its agent `bob`, from a terminal. */
async function looksAt(home: DomainHome): Promise<void> {
  const units = await home.list('ps')
  const driver = units.find((unit) => unit['driver'] === 'log')
  assert.equal(driver?.['domain'], 'work')
  assert.ok(numberIn(driver['limits'] as JsonObject, 'memoryMiB') > 0, 'what another domain’s kernel knows')
  const { stdout: shown } = await home.cli.must('ps', '--domain', 'work')
  assert.match(shown, /log in work/u)
  assert.match(shown, /in domain work:\nPROCESS[^\n]*\n\d+ +log [^\n]*\n\d+ +bob /u)
  assert.doesNotMatch(shown, /^kernel-sovereign/mu)
  await home.fails(2, 'ps', '--domain', 'absent')
  const { stdout: health } = await home.cli.run('doctor')
  assert.match(health, /ok +canon +canon, signatures and code are what the ledger says/u)
  assert.match(health, /ok +supervisor +answers; domains share the processor by/u)
  const mistaken = await home.fails(2, 'approve', '99', '--domain', 'work')
  assert.match(mistaken.stderr, /custos approvals --domain work/u)
  assert.match(
    (await home.cli.must('secret', 'list', '--domain', 'work')).stdout,
    /secret add --domain work/u,
  )
  assert.match(
    (await home.cli.must('revoke', '--expired', '--domain', 'work')).stdout,
    /Nothing has expired/u,
  )
}

test('a frozen domain keeps everything and runs nothing; a removed one does not come back', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    await home.addLog('work')
    const bob = await home.agent('work', 'bob')
    await home.cli.must('grant', 'bob', 'log', 'act', '--open', '--domain', 'work')
    const call = () => bob.call({ object: 'log', selector: 'tools/act', arguments: { n: 1 } })
    const before = await call()
    assert.ok(before.ok && before.outcome === 'done')
    await looksAt(home)
    await home.cli.must('domain', 'freeze', 'work', '--reason', 'a test')
    // What the sovereign said is on its way: calls that come before it are done, and none after it.
    // One may be under way as its driver is stopped, which then did it or did not.
    let [done, cut] = [1, 0]
    await eventually(async () => {
      const answer = await call()
      if (answer.ok && answer.outcome === 'done') done += 1
      else if (answer.ok) cut += 1
      return answer.ok ? null : true
    }, 'the domain to be frozen')
    const effects = home.effects('work').length
    assert.ok(cut <= 1 && effects >= done && effects <= done + cut, `${effects} of ${done} and ${cut}`)
    assert.deepEqual(
      (await home.list('agent', 'list', '--domain', 'work')).map(({ name }) => name),
      ['bob'],
      'it keeps what it has',
    )
    await home.fails(1, 'agent', 'add', 'another', '--domain', 'work')
    await home.cli.must('domain', 'unfreeze', 'work')
    await eventually(async () => {
      const answer = await call()
      return answer.ok && answer.outcome === 'done' ? true : null
    }, 'the domain to run again')
    bob.close()

    await home.cli.must('domain', 'remove', 'work')
    await eventually(
      async () => ((await home.cli.run('agent', 'list', '--domain', 'work')).status === 3 ? true : null),
      'its kernel to end',
    )
    await home.cli.must('ledger', 'verify', '--domain', 'work')
    const again = await home.fails(1, 'domain', 'add', 'work')
    assert.match(again.stderr, /has or had that name/u)
    await home.cli.must('down')
    await home.cli.must('up')
    await home.fails(3, 'agent', 'list', '--domain', 'work')
  }),
)

test('nothing of one domain is visible in another, nor to who has no token there', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    const url = await gatewayUrl(home)
    const bob = await home.agent('work', 'bob')
    await home.cli.must('agent', 'add', 'alice', '--token-file', join(home.cli.folder, 'alice'))
    const [alice, his] = [join(home.cli.folder, 'alice'), join(home.cli.folder, 'work-bob.token')].map(
      (file) => readFileSync(file, 'utf8').trim(),
    )
    // Ids start anew in every domain: they tell nothing of what happens elsewhere.
    const [[inMain], [inWork]] = [
      await home.list('agent', 'list'),
      await home.list('agent', 'list', '--domain', 'work'),
    ]
    assert.equal(inMain?.['agent'], inWork?.['agent'])
    await assert.rejects(home.attach('work', alice ?? ''), 'a token of one domain is nobody in another')
    await assert.rejects(home.attach('main', his ?? ''))

    const there = await post(url, '/domains/work/mcp', alice ?? '')
    const nowhere = await post(url, '/domains/nowhere/mcp', alice ?? '')
    assert.equal(there, nowhere, 'a domain that there is looks like one that there is not')
    assert.match(there, /^401/u)
    assert.match(await post(url, '/domains/sovereign/mcp', alice ?? ''), /^404/u)
    assert.match(await post(url, '/mcp', his ?? ''), /^401/u)
    bob.close()
  }),
)

test('MCP clients reach a domain over HTTP and over a pipe', patience, () =>
  inDomains(async (home) => {
    await home.cli.must('domain', 'add', 'work')
    await home.addLog('work')
    const bob = await home.agent('work', 'bob')
    await home.cli.must('grant', 'bob', 'log', 'act', '--open', '--domain', 'work')
    const file = join(home.cli.folder, 'work-bob.token')
    const url = new URL('/domains/work/mcp', await gatewayUrl(home))
    const authorization = `Bearer ${readFileSync(file, 'utf8').trim()}`
    const [command = '', ...program] = home.cli.command
    for (const transport of [
      new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } }),
      new StdioClientTransport({
        command,
        args: [
          ...program,
          'mcp',
          '--agent',
          'bob',
          '--domain',
          'work',
          '--token-file',
          file,
          '--home',
          home.cli.home,
        ],
        stderr: 'ignore',
      }),
    ]) {
      const client = new Client({ name: 'test', version: '1' })
      await client.connect(transport)
      const { tools } = await client.listTools()
      assert.deepEqual(
        tools.map(({ name }) => name),
        ['log__act'],
      )
      await client.callTool({ name: 'log__act', arguments: { by: 'mcp' } })
      await client.close()
    }
    assert.equal(home.effects('work').length, 2)
    bob.close()
  }),
)
