import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialArguments, isSecretShaped, looksLikeCredential } from './credential.ts'

test('names that tell and values that give themselves away are credentials', () => {
  for (const [name, value] of [
    ['API_KEY', 'abc'],
    ['GITHUB_PERSONAL_ACCESS_TOKEN', 'x'],
    ['githubtoken', 'x'],
    ['DB_PASSWORD', 'hunter2'],
    ['clientSecret', 'x'],
    ['GH_PAT', 'x'],
    ['SENTRY_DSN', 'https://a@b.example.com/1'],
    ['ANYTHING', 'ghp_x'],
    ['ANYTHING', 'Bearer abc'],
    ['DATABASE_URL', 'postgres://u:p@h/db'],
    ['ENDPOINT', 'https://h.example.com/?api_key=abc'],
    ['HOOK', 'https://hooks.example.com/services/T0000/B0000/aB3dE5fG7hI9jK1lM3nO5pQ7'],
    ['X', 'f3b1c2d4e5f60718293a4b5c6d7e8f90'],
    ['X', '123e4567-e89b-12d3-a456-426614174000'],
  ] as const)
    assert.ok(looksLikeCredential(name, value), `${name}=${value}`)
})

test('ordinary settings are not', () => {
  for (const [name, value] of [
    ['MAX_TOKENS', '4096'],
    ['TOKENIZERS_PARALLELISM', 'false'],
    ['KEYBOARD', ''],
    ['MEMORY_FILE_PATH', '/home/ada/memory.jsonl'],
    ['KEY_FILE', '~/.ssh/id'],
    ['TOKEN_URL', 'https://auth.example.com/token'],
    ['NODE_ENV', 'production'],
    ['BASE_URL', 'https://api.example.com/v1/'],
    ['PACKAGE', '@modelcontextprotocol/server-filesystem@2026.8.31'],
    ['DIR', '/var/folders/x1/AbC123dEf456GhI789jKl/T'],
  ] as const)
    assert.ok(!looksLikeCredential(name, value), `${name}=${value}`)
  assert.ok(!isSecretShaped('chrome-devtools-mcp@1.11.0'))
})

test('arguments are judged with the flag in front of them', () => {
  const args = [
    '-y',
    'pkg',
    '--api-key',
    'abc',
    '--port',
    '8080',
    '--token=xyz',
    'TOKEN=abc',
    '--key-file',
    '/k',
  ]
  assert.deepEqual([...credentialArguments(args)], [3, 6, 7])
  assert.deepEqual([...credentialArguments(['--header', 'Authorization: Bearer x', '--token'])], [1])
})
