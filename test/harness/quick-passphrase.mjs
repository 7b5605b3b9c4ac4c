/**
 * Loaded into commands of test homes before anything else: what a passphrase is stretched to costs a hundredth. Opening
 * the operator's key is most of what a command that signs does, on purpose, and what that costs a guesser is tested
 * where keys are. A key made like this opens only like this.
 */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const { scrypt } = crypto
crypto.scrypt = (passphrase, salt, length, cost, done) =>
  scrypt(passphrase, salt, length, { ...cost, N: 1024 }, done)
syncBuiltinESMExports()
