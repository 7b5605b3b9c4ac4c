/** Presets, held against the definitions that the real servers give. */
import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { serverBin } from '../../../test/harness/real-servers.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { probeDriver } from '../../driver/probe.ts'
import { whyRefused } from '../../kernel/capability/arguments.ts'
import type { ArgumentTerms, Where } from '../../kernel/capability/terms.ts'
import type { Capability } from '../../kernel/state.ts'
import { parseWhere } from '../constraint-syntax.ts'
import { homePaths } from '../home.ts'
import { launchForProbe } from '../probe-launch.ts'
import { catalogue, presetsFor } from './catalogue.ts'
import type { ServerPresets } from './preset.ts'
import { presetChoices, presetGrant } from './preset-grant.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'cpreset-')))
after(() => rmSync(root, { recursive: true, force: true }))

/** Packages of the servers, as npm gives them, by the names that the presets know them by. */
const servers: { readonly [server: string]: string } = {
  filesystem: '@modelcontextprotocol/server-filesystem',
  memory: '@modelcontextprotocol/server-memory',
  everything: '@modelcontextprotocol/server-everything',
  'sequential-thinking': '@modelcontextprotocol/server-sequential-thinking',
  'git-mcp-server': '@cyanheads/git-mcp-server',
  'chrome-devtools': 'chrome-devtools-mcp',
  notion: '@notionhq/notion-mcp-server',
  mongodb: 'mongodb-mcp-server',
  context7: '@upstash/context7-mcp',
}

/** The command of a package that has more than one. */
const commands: { readonly [server: string]: string } = { 'chrome-devtools': 'chrome-devtools-mcp' }

/** The definitions of a real server, by selector, as it gives them now. */
async function offered(server: string): Promise<ReadonlyMap<string, JsonObject>> {
  const program = {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [serverBin(servers[server] ?? '', commands[server]), ...(server === 'filesystem' ? [root] : [])],
    cwd: root,
    env: { MEMORY_FILE_PATH: join(root, 'memory.json'), NOTION_TOKEN: 'none', MDB_MCP_TELEMETRY: 'disabled' },
  } as const
  const offer = await probeDriver(program, { launch: launchForProbe(homePaths(tmpdir(), {})) })
  assert.ok(offer.ok, JSON.stringify(offer))
  return new Map(offer.value.definitions.map(({ selector, definition }) => [selector, definition]))
}

/** Why the terms refuse these arguments, or null. */
function refusal(where: Where, selector: string, values: JsonObject): string | null {
  const chain = [{ caveats: { selectors: [selector], where } } as unknown as Capability]
  return whyRefused(chain, selector, values, '')?.message ?? null
}

function linesOf({ readOnly, readWrite }: ServerPresets): readonly (readonly [string, readonly string[]])[] {
  return Object.entries({ ...readOnly, ...readWrite })
}

/** Names that the preset's lines speak of and the tool does not know, or requires and the lines do not name. */
function misfits(lines: readonly string[], definition: JsonObject): readonly string[] {
  const schema = definition['inputSchema']
  if (!isJsonObject(schema)) return ['no schema']
  const properties = Object.keys(isJsonObject(schema['properties']) ? schema['properties'] : {})
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : []
  const named = lines.map((line) => {
    const parsed = parseWhere(line)
    assert.ok(parsed.ok, line)
    return parsed.value
  })
  return [
    ...named
      .filter(({ argument }) => !properties.includes(argument))
      .map(({ argument }) => `unknown ${argument}`),
    ...required
      .filter((name) => !named.some(({ argument }) => argument === name))
      .map((name) => `${JSON.stringify(name)} is required`),
  ]
}

/** Reading that its server does not itself call so: it asks by POST, or can write a file when told where. */
const readsAnyway: readonly string[] = [
  'tools/API-post-search',
  'tools/API-query-data-source',
  'tools/take_snapshot',
  'tools/take_screenshot',
  'tools/get_network_request',
]

for (const name of Object.keys(servers)) {
  test(`the presets of ${name} fit every tool that the real server has`, async () => {
    const definitions = await offered(name)
    const [presets, another] = presetsFor([...definitions.keys()])
    assert.ok(presets?.server === name && another === undefined)
    const tools = linesOf(presets).filter(([selector]) => selector.startsWith('tools/'))
    for (const [selector, lines] of tools) {
      const definition = definitions.get(selector)
      assert.ok(definition !== undefined, `${selector} is not there any more`)
      assert.deepEqual(misfits(lines, definition), [], selector)
    }
    const covered = new Set([...tools.map(([selector]) => selector), ...Object.keys(presets.leftOut)])
    const missing = [...definitions.keys()].filter((one) => one.startsWith('tools/') && !covered.has(one))
    assert.deepEqual(missing, [])
    const annotated = (selector: string): boolean => {
      const annotations = definitions.get(selector)?.['annotations']
      return isJsonObject(annotations) && annotations['readOnlyHint'] === true
    }
    const unsaid = Object.keys(presets.readOnly).filter((one) => one.startsWith('tools/') && !annotated(one))
    assert.deepEqual(
      unsaid,
      unsaid.filter((one) => readsAnyway.includes(one)),
      'read-only by its own word',
    )
  })
}

const examples: { readonly [selector: string]: JsonObject } = {
  'tools/read_file': { path: `${root}/a.txt`, head: 3 },
  'tools/read_text_file': { path: `${root}/a.txt`, tail: 3 },
  'tools/read_media_file': { path: `${root}/a.png` },
  'tools/read_multiple_files': { paths: [`${root}/a.txt`, `${root}/sub/b.txt`] },
  'tools/write_file': { path: `${root}/a.txt`, content: 'x' },
  'tools/edit_file': { path: `${root}/a.txt`, edits: [{ oldText: 'x', newText: 'y' }], dryRun: true },
  'tools/create_directory': { path: `${root}/sub` },
  'tools/list_directory': { path: root },
  'tools/list_directory_with_sizes': { path: root, sortBy: 'size' },
  'tools/directory_tree': { path: root, excludePatterns: ['node_modules'] },
  'tools/move_file': { source: `${root}/a.txt`, destination: `${root}/b.txt` },
  'tools/search_files': { path: root, pattern: '*.txt' },
  'tools/get_file_info': { path: `${root}/a.txt` },
  'tools/list_allowed_directories': {},
}

test('each of the filesystem server’s 14 tools passes inside the root and is refused outside it', async () => {
  const definitions = await offered('filesystem')
  assert.deepEqual([...definitions.keys()].toSorted(), Object.keys(examples).toSorted())
  const granted = presetGrant('read-write', [...definitions.keys()], root)
  assert.ok(granted.ok)
  assert.deepEqual(granted.value.remarks, [])
  for (const [selector, values] of Object.entries(examples)) {
    assert.equal(refusal(granted.value.where, selector, values), null, selector)
    assert.notEqual(refusal(granted.value.where, selector, { ...values, extra: 1 }), null, selector)
    for (const name of Object.keys(values)) {
      if (!JSON.stringify(values[name]).includes(root)) continue
      for (const outside of ['/etc/passwd', `${root}/../x`, `${root}x`]) {
        const value = Array.isArray(values[name]) ? [`${root}/a`, outside] : outside
        assert.notEqual(refusal(granted.value.where, selector, { ...values, [name]: value }), null, selector)
      }
    }
  }
})

test('read-only grants no writing, and says what it leaves away', async () => {
  const pinned = [...(await offered('filesystem')).keys(), 'tools/novelty']
  const granted = presetGrant('filesystem/read-only', pinned, root)
  assert.ok(granted.ok)
  assert.equal(granted.value.selectors.length, 10)
  const remarks = granted.value.remarks.join('\n')
  assert.match(remarks, /tools\/write_file is not granted: it writes/u)
  assert.match(remarks, /tools\/novelty is not granted: no preset knows it/u)
})

test('only what the driver has pinned is granted', () => {
  const pinned = ['tools/read_text_file', 'tools/directory_tree', 'tools/list_allowed_directories']
  const granted = presetGrant('read-write', pinned, '/srv')
  assert.ok(granted.ok)
  assert.deepEqual(granted.value.selectors.toSorted(), pinned.toSorted())
  assert.equal(granted.value.remarks.length, 11)
})

test('a preset that confines to a folder needs one, and one that does not takes none', () => {
  const files = ['tools/read_text_file', 'tools/directory_tree', 'tools/list_allowed_directories']
  const memory = ['tools/read_graph', 'tools/open_nodes', 'tools/create_entities']
  assert.match(failure(presetGrant('read-only', files, null)), /needs --root/u)
  assert.match(failure(presetGrant('read-only', memory, '/srv')), /confines nothing/u)
  assert.match(failure(presetGrant('read-only', ['tools/else'], null)), /no preset is known/u)
  assert.match(failure(presetGrant('raed-only', files, null)), /there are: filesystem\/read-only/u)
  assert.match(failure(presetGrant('read-only', [...files, ...memory], '/srv')), /more than one server/u)
})

function failure(result: ReturnType<typeof presetGrant>): string {
  return result.ok ? '' : result.error
}

test('every preset is well written, tells its server apart, and writes only in read-write', () => {
  for (const presets of catalogue) {
    const selectors = linesOf(presets).map(([selector]) => selector)
    for (const name of presetChoices(selectors).map(({ name: choice }) => choice.split('/')[1] ?? '')) {
      const granted = presetGrant(`${presets.server}/${name}`, selectors, rootFor(presets, name))
      assert.ok(granted.ok, granted.ok ? '' : granted.error)
      for (const terms of Object.values<ArgumentTerms>(granted.value.where))
        assert.equal(terms.open, undefined)
    }
    assert.ok(
      presets.known.every((one) => selectors.includes(one)),
      presets.server,
    )
    assert.deepEqual(
      selectors.filter((one) => Object.hasOwn(presets.leftOut, one)),
      [],
    )
  }
})

function rootFor({ readOnly, readWrite }: ServerPresets, name: string): string | null {
  const lines = Object.values(name === 'read-write' ? { ...readOnly, ...readWrite } : readOnly).flat()
  return lines.some((line) => line.includes('/$ROOT')) ? '/srv' : null
}
