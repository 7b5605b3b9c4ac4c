import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRecoveryCode, readRecoveryCode } from './recovery-code.ts'

test('a code is understood however it is typed, and no two are the same', () => {
  const code = newRecoveryCode()
  assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/u)
  const secret = readRecoveryCode(code)
  assert.equal(secret?.length, 17)
  const sloppy = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}\n`
  assert.deepEqual(readRecoveryCode(sloppy), secret)
  assert.notDeepEqual(readRecoveryCode(newRecoveryCode()), secret)
})

test('a mistyped code is told from the code of another file', () => {
  const code = newRecoveryCode()
  for (let at = 0; at < code.length; at++) {
    if (code[at] === '-') continue
    const wrong = `${code.slice(0, at)}${code[at] === '7' ? '8' : '7'}${code.slice(at + 1)}`
    assert.equal(readRecoveryCode(wrong), null, wrong)
  }
  for (const wrong of ['', code.slice(1), `${code}0`, code.replace(/.$/u, 'U'), 'passphrase'])
    assert.equal(readRecoveryCode(wrong), null, wrong)
})
