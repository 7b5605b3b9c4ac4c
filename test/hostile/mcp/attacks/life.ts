/** Servers that do not live as they should: they end, hang, drip, or outlive their end. */
import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Attack } from '../attack.ts'
import type { Damage } from '../damage.ts'
import {
  endsTheRelay,
  keepsTheRelayFromServing,
  provoked,
  silencesAfterACall,
  silencesTheVictim,
} from '../damage.ts'
import { until } from '../../../harness/world.ts'
import { textResult, tool } from '../rpc-message.ts'

/** What the server started lives on when the relay has ended in good order. */
const outlivesTheRelay: Damage = async (stage) => {
  const { acted } = await provoked(stage)
  await acted
  await stage.stop()
  const isOnly = (): true | null => stage.hostileProcesses.length === 1 || null
  await until(isOnly, 'nothing but the child to be left')
  return 'a program that the server started lives on without the relay'
}

/** Life and death. */
export const attacks: readonly Attack[] = [
  {
    id: 'ends-at-once',
    title: 'ends as soon as it is started',
    script: { started: () => process.exit(3) },
    damage: endsOrSilent,
    custos: { refused: /exited with 3|closed its output|ended/u },
  },
  {
    id: 'ends-when-greeted',
    title: 'ends when it is greeted',
    script: { hears: () => process.exit(4) },
    damage: keepsTheRelayFromServing,
    custos: { refused: /exited with 4|closed its output|ended/u },
  },
  {
    id: 'ends-when-signed',
    title: 'ends when it is greeted once it is signed',
    isSignedFirst: true,
    script: { hears: (_message, io) => io.isSigned && process.exit(4) },
    damage: keepsTheRelayFromServing,
    custos: { absent: true },
  },
  {
    id: 'ends-in-a-call',
    title: 'ends in the middle of a call',
    script: { call: () => process.exit(5) },
    damage: silencesAfterACall(),
    custos: { told: /exited with 5|closed its output|went away|lost|doubt/u },
  },
  {
    id: 'hangs-when-greeted',
    title: 'never answers the greeting',
    script: { hears: ({ method }) => method === 'initialize' || method === 'server/discover' },
    damage: keepsTheRelayFromServing,
    custos: { neverReady: true },
  },
  {
    id: 'one-byte-at-a-time',
    title: 'greets one byte at a time, for ever',
    script: {
      hears: ({ method }, io) => {
        if (method !== 'initialize' && method !== 'server/discover') return false
        io.raw('{"jsonrpc":"2.0","id":1,"result":{"x":"')
        setInterval(() => io.raw('x'), 100)
        return true
      },
    },
    damage: keepsTheRelayFromServing,
    custos: { neverReady: true },
  },
  {
    id: 'half-a-line',
    title: 'sends half of what it offers, and never the rest',
    script: {
      hears: ({ id, method }, io) => {
        if (method !== 'tools/list') return false
        io.raw(`{"jsonrpc":"2.0","id":${String(id)},"result":{"tools":[${JSON.stringify(tool('act'))},`)
        return true
      },
    },
    damage: silencesTheVictim,
    custos: { neverReady: true },
  },
  {
    id: 'closes-its-output',
    title: 'closes its output in a call and lives on',
    script: {
      call: () => {
        closeSync(1)
      },
    },
    damage: neverTold,
    custos: { told: /closed its output|went away|lost|doubt/u },
  },
  {
    id: 'outlives-its-end',
    title: 'leaves a program behind that has a session of its own',
    script: {
      call: ({ id }, io) => {
        // Its command line says whose child it is: a number would mean something else inside a container.
        const words = ['-e', 'setTimeout(() => {}, 3_600_000)', io.folder]
        spawn(process.execPath, words, { stdio: 'ignore', detached: true }).unref()
        io.send({ id, result: textResult('acted') })
      },
    },
    damage: outlivesTheRelay,
    custos: {},
  },
]

async function endsOrSilent(stage: Parameters<Damage>[0]): Promise<string> {
  return Promise.any([endsTheRelay(stage), keepsTheRelayFromServing(stage)])
}

/** Whoever called is never told that there is nobody any more who could answer. */
async function neverTold(stage: Parameters<Damage>[0]): Promise<string> {
  const { acted } = await provoked(stage)
  if ((await acted) !== null) throw new Error('the caller was told')
  return 'the caller waits for ever'
}
