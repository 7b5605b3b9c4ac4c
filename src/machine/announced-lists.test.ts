import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../base/ids.ts'
import type { DriverId, Instant } from '../base/ids.ts'
import { AnnouncedLists, listsWith } from './announced-lists.ts'

const [one, two] = [id<DriverId>(1), id<DriverId>(2)]
const at = (ms: number): Instant => ms as Instant
const news = { event: 'lists-unchanged', lists: ['prompts', 'tools', 'tools', 'resources', 7] }

test('an announcement names lists that there are, and anything else announces nothing', () => {
  assert.deepEqual(new AnnouncedLists().read(one, news, at(0)), ['tools', 'prompts'])
  for (const header of [{ event: 'changed', lists: ['tools'] }, { event: 'lists-unchanged' }, {}])
    assert.deepEqual(new AnnouncedLists().read(one, header, at(0)), [])
})

test('a driver that announces without pause is heard now and then, and others as ever', () => {
  const announced = new AnnouncedLists()
  const heard = Array.from({ length: 1000 }, (_, ms) => announced.read(one, news, at(ms))).flat()
  assert.equal(heard.length, 8)
  assert.equal(announced.read(two, news, at(999)).length, 2)
})

test('a list concerns whoever may use something in it', () => {
  assert.deepEqual(listsWith(['tools', 'prompts'], ['tools/a', 'resources/read']), ['tools'])
  assert.deepEqual(listsWith(['tools', 'prompts'], ['prompts/get']), ['prompts'])
  assert.deepEqual(listsWith(['tools', 'prompts'], []), [])
})
