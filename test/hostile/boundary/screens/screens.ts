/**
 * Every screen on which an operator decides, drawn over text from somebody who would like to draw on it: what a
 * terminal obeys, reorders, hides or takes for the end of a line. Each gives the lines that would be printed.
 */
import { showApproval } from '../../../../src/cli/approval-check.ts'
import type { CheckedApproval } from '../../../../src/cli/approval-check.ts'
import { changeLines } from '../../../../src/cli/changes/change-rendering.ts'
import { showCodeDifferences, showSelectorDifferences } from '../../../../src/cli/driver-diff-rendering.ts'
import { showManifest } from '../../../../src/cli/driver-manifest-rendering.ts'
import { showOffer, warningsOf } from '../../../../src/cli/driver-offer.ts'
import { parseForm, showForm } from '../../../../src/cli/elicitation-form.ts'
import { showProcesses } from '../../../../src/cli/process-table.ts'
import { summaryOf } from '../../../../src/cli/run/after-run.ts'
import type { Change, ThingState } from '../../../../src/sandbox/changes/change.ts'
import type { Json } from '../../../../src/base/json.ts'

/** One screen. */
export interface Screen {
  readonly name: string
  readonly lines: () => readonly string[]
}

/** Clears the screen, names the window, goes back in the line, turns text round, hides it, and begins a line of its own. */
const evil = 'ab\u001b[2J\u001b]0;title\u0007\r\u009b31m\u202ecd\u200b\u2066\u2028\n  approved: yes'

const state: ThingState = { kind: 'link', mode: 0o777, bytes: 1, digest: '', target: evil, text: false }
const change: Change = {
  path: `.git/hooks/${evil}`,
  change: 'modified',
  before: null,
  after: state,
  flags: [{ kind: 'hook', detail: evil }],
  blocked: evil,
  conflict: evil,
}
const held: CheckedApproval = {
  call: 1,
  seq: 2,
  process: 3,
  agent: evil,
  object: 4,
  objectName: evil,
  selector: `tools/${evil}`,
  effect: evil,
  argumentBytes: Buffer.from(JSON.stringify({ path: evil }) + evil),
  salt: new Uint8Array(32),
  chain: [1],
  joined: [],
  cost: 0,
  approvals: 1,
  demands: [evil],
  expiresAt: 0,
  digest: '0'.repeat(64),
  record: '',
}
const question = {
  message: evil,
  requestedSchema: {
    type: 'object',
    properties: { [evil]: { type: 'string', title: evil, description: evil, enum: [evil] } },
    required: [evil],
  },
}
const definition: Json = {
  name: evil,
  description: evil,
  inputSchema: { type: 'object', properties: { [evil]: { description: evil } } },
}
const definitions = [{ selector: `tools/${evil}`, definition }]
const pin = { path: `/opt/${evil}`, digest: '0'.repeat(64), origin: evil } as const

/** All of them. */
export const screens: readonly Screen[] = [
  { name: 'custos changes show', lines: () => changeLines(change) },
  {
    name: 'the end of custos run',
    lines: () =>
      summaryOf(
        {
          run: 'r',
          folder: `/${evil}`,
          store: '',
          agent: evil,
          process: 1,
          command: [evil],
          startedAt: 0,
          endedAt: 0,
          status: 0,
          rung: 'bubblewrap',
          holder: 1,
        },
        [change],
      ),
  },
  { name: 'custos approvals', lines: () => showApproval(held, 0) },
  {
    name: 'custos approvals, of a driver’s question',
    lines: () =>
      showApproval(
        { ...held, selector: 'client/elicitation', argumentBytes: Buffer.from(JSON.stringify(question)) },
        0,
      ),
  },
  { name: 'the form of a driver’s question', lines: () => formLines(question) },
  {
    name: 'the address of a driver’s question',
    lines: () => formLines({ message: evil, mode: 'url', url: evil }),
  },
  {
    name: 'custos driver add, what is to be signed',
    lines: () =>
      showManifest({
        program: {
          protocol: 'mcp-stdio',
          command: evil,
          args: [evil],
          cwd: `/${evil}`,
          env: { [evil]: evil },
          code: [pin],
          boundary: { readable: [`/${evil}`], writable: [`/${evil}`] },
        },
        selectors: [],
      } as unknown as Parameters<typeof showManifest>[0]),
  },
  {
    name: 'custos driver add, what the driver offers',
    lines: () =>
      showOffer(
        {
          selectors: [],
          definitions,
          serverInfo: { name: evil, version: evil, revision: evil },
          revision: evil,
          capabilities: {},
        },
        [],
        'full',
      ),
  },
  { name: 'custos driver add, its warnings', lines: () => warningsOf(definitions) },
  {
    name: 'custos driver diff, of definitions',
    lines: () =>
      showSelectorDifferences([
        {
          selector: `tools/${evil}`,
          change: 'changed',
          effect: { accepted: null, claimed: 'act' },
          members: [
            { at: evil, accepted: evil, offered: `more ${evil}` },
            { at: 'inputSchema', accepted: null, offered: definition },
          ],
        },
      ]),
  },
  {
    name: 'custos driver diff, of code',
    lines: () => showCodeDifferences([{ accepted: pin, now: null, problem: evil, files: [evil] }]),
  },
  {
    name: 'custos ps',
    lines: () => showProcesses([{ process: 1, name: evil, parent: 0, state: 'running' }], 'main'),
  },
]

function formLines(question: Json): readonly string[] {
  const form = parseForm(Buffer.from(JSON.stringify(question)))
  if (!form.ok) throw new Error(form.error)
  return showForm(form.value)
}
