/**
 * Sets the tour's stage with real parts: the official filesystem and memory servers, unmodified, as drivers,
 * and an agent that holds nothing. Every step is a signed order, read back from the ledger.
 */
import { chmodSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { sha256Hex } from '../../base/hash.ts'
import type { DriverProgram, StdioProgram } from '../../kernel/manifest.ts'
import { isCanonicalPath } from '../../kernel/capability/path.ts'
import { newToken } from '../agent-token.ts'
import { driverFolder } from '../driver-folder.ts'
import type { Context } from '../command.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { Signer } from '../signing.ts'
import type { Evidence } from './evidence.ts'
import type { Setting } from './stage.ts'
import { order, say } from './stage.ts'
import { TourFailure, expect } from './tour-failure.ts'

/** What there is before the setting is set. */
export interface Backstage {
  readonly context: Context
  readonly kernel: KernelClient
  readonly signer: Signer
  readonly evidence: Evidence
  readonly unattended: boolean
  readonly stop: AbortSignal
}

/** Adds the drivers and the agent. Returns the setting and the agent's token. */
export async function setTheStage(
  backstage: Backstage,
): Promise<{ readonly setting: Setting; readonly token: string }> {
  const { evidence } = backstage
  const { home } = backstage.context.paths
  const folder = prepareFolder(home)
  await say(
    backstage,
    `Two unmodified MCP servers become drivers, and an agent is added. It holds nothing yet.`,
  )
  const files = await addDriver(backstage, 'tour-files', {
    ...server('@modelcontextprotocol/server-filesystem', [folder], folder, {}),
    boundary: { readable: [], writable: [folder] },
  })
  const memory = await addDriver(
    backstage,
    'tour-memory',
    server('@modelcontextprotocol/server-memory', [], folder, {
      MEMORY_FILE_PATH: join(driverFolder(home, 'tour-memory').data, 'memory.json'),
    }),
  )
  for (const driver of [files, memory]) {
    await evidence.find('driver.attached', `driver ${driver} attached`, ({ body }) => body.driver === driver)
  }
  const token = newToken()
  const agentName = 'tour-agent'
  const made = await order(backstage, { do: 'agent.add', name: agentName, tokenDigest: sha256Hex(token) })
  const added = await evidence.find('agent.added', 'the agent', ({ seq }) => seq === numberOf(made, 'seq'))
  await say(backstage, `    ${evidence.show(added)}`)
  return { setting: { folder, files, memory, agentName, process: added.body.process }, token }
}

function prepareFolder(home: string): string {
  const folder = join(driverFolder(home, 'tour-files').data, 'files')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  mkdirSync(driverFolder(home, 'tour-memory').data, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  writeFileSync(
    join(folder, 'notes.txt'),
    'The gate is open for this file, and for no other way of asking.\n',
  )
  const real = realpathSync(folder)
  expect(
    isCanonicalPath(real),
    `a home whose path is plain enough for the tour, not ${real}; choose another with --home`,
  )
  return real
}

/** The program of an official server, run by this very Node. */
function server(
  name: string,
  args: readonly string[],
  cwd: string,
  env: { readonly [name: string]: string },
): StdioProgram {
  const file = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [join(dirname(file), 'dist', 'index.js'), ...args],
    cwd,
    env,
  }
}

async function addDriver(backstage: Backstage, name: string, program: DriverProgram): Promise<number> {
  const { probeDriver } = await import('../../driver/probe.ts')
  const { launchForProbe } = await import('../probe-launch.ts')
  const offer = await probeDriver(program, { launch: launchForProbe(backstage.context.paths) })
  if (!offer.ok)
    throw new TourFailure(
      `the server for ${name} cannot be looked at: ${offer.error.message}\n${offer.error.stderr}`,
    )
  const made = await order(backstage, {
    do: 'driver.add',
    name,
    manifest: { program, selectors: offer.value.selectors },
  })
  const { evidence } = backstage
  const added = await evidence.find(
    'driver.added',
    `driver ${name}`,
    ({ seq }) => seq === numberOf(made, 'seq'),
  )
  await say(backstage, `    ${evidence.show(added)}`)
  return added.body.driver
}
