/**
 * Roots come from the operator, never from a client. The real filesystem server takes whatever folders its client
 * names in place of its own; so here clients of both eras claim the whole disk, and the server is started for one
 * folder three times: not told that its clients have roots, told but not granted, and granted that folder.
 */
import assert from 'node:assert/strict'
import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Client } from '@modelcontextprotocol/client'
import type { Opening } from '../../harness/gateway-process.ts'
import { until } from '../../harness/world.ts'
import { ServerStage, textOf } from './server-stage.ts'

const stage = new ServerStage()
before(() => stage.start())
after(() => stage.stop())

/** Opens a client that claims every file there is, and counts how often it is asked. */
async function greedy(
  connect: (driver: string, opening: Opening, options: object) => Promise<Client>,
  driver: string,
  opening: Opening,
): Promise<Client> {
  const client = await connect(driver, opening, { capabilities: { roots: { listChanged: true } } })
  client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///' }, { uri: 'file:///etc' }] }))
  return client
}

/** Nothing but `folder` is served to any client, whatever it claims. */
async function holds(driver: string, folder: string): Promise<void> {
  const file = join(folder, 'in.txt')
  const http = stage.overHttp.bind(stage)
  const stdio = stage.overStdio.bind(stage)
  for (const [connect, opening] of [
    [http, 'legacy'],
    [http, 'modern'],
    [stdio, 'legacy'],
    [stdio, 'modern'],
  ] as const) {
    const client = await greedy(connect, driver, opening)
    try {
      if (opening === 'legacy') await client.sendRootsListChanged()
      // Everything is granted here: what refuses is the server, because it was told of one folder only.
      const allowed = async (): Promise<string> =>
        textOf(await client.callTool({ name: 'list_allowed_directories', arguments: {} }))
      assert.deepEqual((await allowed()).split('\n').slice(1), [folder])
      const read = await client.callTool({ name: 'read_text_file', arguments: { path: file } })
      assert.equal(textOf(read), 'inside')
      const outside = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/hostname' } })
      assert.equal(outside.isError, true)
      assert.match(textOf(outside), /outside allowed directories/u)
    } finally {
      await client.close()
    }
  }
}

/** Adds the filesystem server for a folder of its own and returns the folder. */
async function addFor(driver: string, flags: readonly string[]): Promise<string> {
  const folder = realpathSync(stage.folder(driver))
  writeFileSync(join(folder, 'in.txt'), 'inside')
  await stage.add(driver, { packageName: '@modelcontextprotocol/server-filesystem', args: [folder], flags })
  await stage.grant(driver, '*', '--open')
  return folder
}

test('a server that is not told that its clients have roots keeps to its own folder', async () => {
  await holds('untold', await addFor('untold', []))
})

test('a server that is told of roots, and granted none, keeps to its own folder', async () => {
  await holds('told', await addFor('told', ['--client', 'roots']))
})

test('a server that is granted its folder as a root serves that folder', async () => {
  const folder = await addFor('granted', ['--client', 'roots'])
  await stage.home.must('grant', 'granted', 'client/roots', '--root', folder)
  await holds('granted', folder)
})

test('a server that is granted another folder than it was started for serves what was granted', async () => {
  await addFor('moved', ['--client', 'roots'])
  const other = realpathSync(stage.folder('elsewhere'))
  writeFileSync(join(other, 'in.txt'), 'inside')
  await stage.home.must('grant', 'moved', 'client/roots', '--root', other)
  await stage.home.must('down')
  await stage.home.must('up')
  await stage.ready('moved')
  await until(async () => {
    const client = await stage.overHttp('moved', 'modern').catch(() => null)
    const result = await client
      ?.callTool({ name: 'list_allowed_directories', arguments: {} })
      .catch(() => null)
    await client?.close()
    return textOf(result ?? {}).includes(other) || null
  }, 'the server to have asked for its roots')
  await holds('moved', other)
})
