/**
 * Which questions of drivers go to an operator: those that send a person somewhere, and those whose words ask for
 * credentials or approval, wherever in the form they stand and however they are written.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import { whyForOperator } from './reverse.ts'

const elicitation = 'client/elicitation'
const why = (asked: JsonObject): string | null => whyForOperator(elicitation, asked)

test('every word for a credential or an approval is one, in each of its spellings', () => {
  for (const word of [
    'password',
    'passphrase',
    'passcode',
    'secret',
    'token',
    'credential',
    'api key',
    'api-key',
    'apikey',
    'private key',
    'privatekey',
    'PIN',
    'OTP',
    '2FA',
    'MFA',
    'CVV',
    'CVC',
    'verification code',
    'verificationcode',
    'mnemonic',
    'seed phrase',
    'seedphrase',
    'recovery phrase',
    'one time code',
    'one-time code',
    'onetime code',
    'approve',
    'approval',
    'authorise',
    'authorization',
    'permission',
    'permit',
    'consent',
    'con-sent',
    'grant',
    'sudo',
    'log in',
    'login',
    'log-in',
    'sign in',
    'sign-in',
    'signin',
  ]) {
    assert.equal(why({ message: `Please: ${word}?` }), 'it asks about authority', word)
    assert.equal(why({ message: word }), 'it asks about authority', `${word} alone`)
  }
})

test('words that only look like one are none', () => {
  for (const word of [
    'spin',
    'pint',
    'hotp',
    'otps',
    'sofa fabric',
    'x 3fa',
    'kfa',
    'm2fab',
    'cvx',
    'cva',
    'xcvv',
    'cvcs',
    'passing',
    'migrant',
    'ermit',
    'pseudo',
    'catalog inside',
    'verification of codes',
    'one of the times',
  ])
    assert.equal(why({ message: word }), null, word)
})

test('letters of two alphabets in one word are a disguise, in either order', () => {
  for (const word of ['p\u0430per', '\u0430pple', 'p\u03b1per', '\u03b1pple'])
    assert.equal(why({ message: word }), 'it asks about authority', word)
  for (const word of ['paper and бумага', 'apple, μήλο']) assert.equal(why({ message: word }), null, word)
})

test('words anywhere in a form are read: names, titles and every item of a list', () => {
  for (const requestedSchema of [
    { properties: { colour: { enum: ['red', 'your password'] } } },
    { properties: { colour: { title: 'Your password' } } },
    { properties: { password: {} } },
    { anyOf: [{ a: 1 }, { b: [['deep', { c: 'token' }]] }] },
    ['your password'],
    'your password',
  ] as readonly Json[])
    assert.notEqual(why({ message: 'Which?', requestedSchema }), null, JSON.stringify(requestedSchema))
  const harmless = { properties: { colour: { enum: ['red', 'blue'], maxLength: 9, nullable: null } } }
  assert.equal(why({ message: 'Which?', requestedSchema: harmless }), null)
})

test('a form too deep to be read concerns authority, whatever it is nested in', () => {
  let lists: Json = {}
  let objects: Json = {}
  for (let level = 0; level < 20; level++) {
    lists = { a: [lists] }
    objects = { a: objects }
  }
  for (const requestedSchema of [lists, objects])
    assert.equal(why({ requestedSchema }), 'it asks about authority')
})

test('a form is a form whether it says so or not; any other mode sends a person somewhere', () => {
  assert.equal(why({ mode: 'form', message: 'Which colour?' }), null)
  assert.equal(why({ message: 'Which colour?' }), null)
  assert.equal(why({}), null)
  for (const mode of ['url', 'FORM', '', 1, null] as const)
    assert.equal(why({ mode, message: 'Which colour?' }), 'it sends a person to an address')
})

test('a message that is no text cannot be read, and concerns authority', () => {
  for (const message of [1, null, {}, ['Which colour?']] as const)
    assert.equal(why({ message }), 'it asks about authority')
})

test('only what a person is asked is read for words', () => {
  const asked = { mode: 'url', message: 'Your password?' }
  for (const selector of ['client/sampling', 'client/roots', 'tools/read'])
    assert.equal(whyForOperator(selector, asked), null, selector)
})
