import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EffectClass } from '../kernel/effect.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import type { Choices } from './driver-acceptance.ts'
import { acceptedPins } from './driver-acceptance.ts'

const pin = (name: string, digest: string, effect: EffectClass): PinnedSelector => ({
  selector: `tools/${name}`,
  digest,
  effect,
})
const all: Choices = { only: [], remove: [], effects: [] }
const pinned = [pin('gone', 'g1', 'act'), pin('raised', 'r1', 'spend'), pin('same', 's1', 'govern')]
const offered = [pin('fresh', 'f1', 'act'), pin('raised', 'r2', 'observe'), pin('same', 's1', 'observe')]

function accept(choices: Partial<Choices>): unknown {
  const pins = acceptedPins(pinned, offered, { ...all, ...choices })
  return pins.ok
    ? pins.value.map(({ selector, digest, effect }) => `${selector} ${digest} ${effect}`)
    : pins.error
}

test('accepting takes over what changed and what is new, and keeps the pin of what is missing', () => {
  assert.deepEqual(accept({}), [
    'tools/fresh f1 act',
    'tools/gone g1 act',
    'tools/raised r2 spend',
    'tools/same s1 govern',
  ])
})

test('an effect that the driver claims higher rises with it', () => {
  const pins = acceptedPins([pin('a', '1', 'observe')], [pin('a', '2', 'act')], all)
  assert.equal(pins.ok && pins.value[0]?.effect, 'act')
})

test('what is not chosen stays as it was accepted', () => {
  assert.deepEqual(accept({ only: ['fresh'] }), [
    'tools/fresh f1 act',
    'tools/gone g1 act',
    'tools/raised r1 spend',
    'tools/same s1 govern',
  ])
})

test('a removed selector is gone, offered or not', () => {
  assert.deepEqual(accept({ only: ['fresh'], remove: ['gone', 'tools/same'] }), [
    'tools/fresh f1 act',
    'tools/raised r1 spend',
  ])
})

test('an effect is set when somebody says so, and never below what is claimed', () => {
  assert.deepEqual(accept({ only: ['raised'], effects: ['raised=observe', 'same=change'] }), [
    'tools/gone g1 act',
    'tools/raised r2 observe',
    'tools/same s1 change',
  ])
  assert.match(String(accept({ effects: ['fresh=change'] })), /declares itself act/u)
  assert.match(String(accept({ effects: ['gone=observe'] })), /declares itself act/u)
})

test('choices about what is not there are refused', () => {
  assert.match(String(accept({ only: ['gone'] })), /does not offer tools\/gone/u)
  assert.match(String(accept({ remove: ['fresh'] })), /never accepted/u)
  assert.match(String(accept({ only: ['raised'], effects: ['fresh=act'] })), /not among/u)
  assert.match(String(accept({ effects: ['same'] })), /is not TOOL=CLASS/u)
})
