import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentedCommands } from './documented-commands.ts'

test('the commands of shell blocks are taken, in order, and nothing else', () => {
  const page = [
    'Run `npx custos doctor`.',
    '```sh',
    'npm start',
    'npx custos up   # starts everything',
    'npx custos grant alice files \\',
    "    --selector tools/read --where 'path within /tmp'",
    '```',
    '```json',
    'npx custos never',
    '```',
    '```sh',
    'npx custos why 12',
    '```',
  ].join('\n')
  assert.deepEqual(documentedCommands(page), [
    'npx custos up',
    "npx custos grant alice files --selector tools/read --where 'path within /tmp'",
    'npx custos why 12',
  ])
})
