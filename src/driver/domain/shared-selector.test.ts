import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectorAbroad, sharedDefinition, whyNotShared } from './shared-selector.ts'

test('a tool is shared under its driver’s name', () => {
  assert.equal(selectorAbroad('files', 'tools/read'), 'tools/files__read')
  const definition = { name: 'read', description: 'reads', inputSchema: { type: 'object' } }
  assert.deepEqual(sharedDefinition('files', { selector: 'tools/read', definition }), {
    selector: 'tools/files__read',
    definition: { ...definition, name: 'files__read' },
  })
})

test('no two tools of different drivers get the same name', () => {
  const drivers = ['a', 'a_b', 'a-b', 'a.b', 'ab', 'a_', 'a__b', 'a_b_']
  const tools = ['x', '_x', '__x', 'b__x', 'b_x', 'b']
  const seen = new Map<string, string>()
  for (const driver of drivers)
    for (const tool of tools) {
      const abroad = selectorAbroad(driver, `tools/${tool}`)
      if (abroad === null) continue
      assert.equal(seen.get(abroad), undefined, `${abroad} is ${driver} ${tool}`)
      seen.set(abroad, driver)
    }
  assert.ok(seen.size > 20)
})

test('only tools are shared, and only of drivers whose names leave no doubt', () => {
  assert.equal(selectorAbroad('files', 'resources/read'), null)
  assert.equal(selectorAbroad('net', 'http/request'), null)
  assert.equal(selectorAbroad('net', 'secret/token'), null)
  for (const name of ['a__b', 'a_', '__']) assert.notEqual(whyNotShared(name), null, name)
  assert.equal(sharedDefinition('a_', { selector: 'tools/x', definition: { name: 'x' } }), null)
})

test('a name that would be too long for a selector is not shared', () => {
  const tool = 'x'.repeat(128)
  assert.equal(sharedDefinition('files', { selector: `tools/${tool}`, definition: { name: tool } }), null)
})
