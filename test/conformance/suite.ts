/**
 * Runs the official conformance suite as its authors publish it, and reads what it found. The files it writes
 * are the result; what it prints is for people, and its exit status also counts what nobody is scored by.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverBin } from '../harness/real-servers.ts'

/** A revision with a frozen set of requirements. */
export type Requirements = '2025-11-25' | '2026-07-28'

/** Every such revision. */
export const requirementSets: readonly Requirements[] = ['2025-11-25', '2026-07-28']

/** One check of one scenario; there may be several of the same id. */
export interface Check {
  readonly id: string
  readonly description: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED'
  readonly errorMessage?: string
}

/** What a run found, by scenario. */
export type Findings = ReadonlyMap<string, readonly Check[]>

/** What to run: all that a revision requires and lists beside, or some scenarios at its wire version. */
export interface SuiteOptions {
  readonly requirements: Requirements
  readonly scenarios?: readonly string[]
}

const limitMs = 240_000

/** Runs the suite against the server at `url`. */
export function testServer(url: string, options: SuiteOptions): Promise<Findings> {
  return runAll(['server', '--url', url], options)
}

/** Runs the suite as a server against the client that `command` starts. */
export function testClient(command: string, options: SuiteOptions): Promise<Findings> {
  return runAll(['client', '--command', command], options)
}

async function runAll(args: readonly string[], { requirements, scenarios }: SuiteOptions): Promise<Findings> {
  if (scenarios === undefined) return run([...args, '--requirements', requirements])
  const found = new Map<string, readonly Check[]>()
  for (const scenario of scenarios) {
    const one = await run([...args, '--scenario', scenario, '--spec-version', requirements, '--force'])
    for (const [name, checks] of one) found.set(name, checks)
  }
  return found
}

async function run(args: readonly string[]): Promise<Findings> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-suite-'))
  try {
    const said = await execute([...args, '--output-dir', folder])
    const found = read(folder)
    if (found.size === 0) throw new Error(`the suite found nothing:\n${said}`)
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function execute(args: readonly string[]): Promise<string> {
  const program = serverBin('@modelcontextprotocol/conformance')
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)))
  return new Promise((resolve) => child.once('close', () => resolve(said)))
}

/** `MODE-SCENARIO-TIME`, where a scenario may be in a folder of its own. */
function read(folder: string): Findings {
  const found = new Map<string, readonly Check[]>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const scenario = /^(?:server-|client-)?(?<name>.+)-\d{4}-\d\d-\d\dT[\d-]+Z\/checks\.json$/u.exec(path)
      ?.groups?.['name']
    if (scenario === undefined) continue
    found.set(scenario, JSON.parse(readFileSync(join(folder, path), 'utf8')) as readonly Check[])
  }
  return found
}
