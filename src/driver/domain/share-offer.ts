/**
 * What one domain gives another at this moment, looked at once before an operator signs it over here: the same
 * attachment, and so the same definitions, as the adapter's.
 */
import { join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { PinnedSelector } from '../../kernel/manifest.ts'
import { socketFolder } from '../../wire/socket-folder.ts'
import type { Definition } from '../definition.ts'
import { GivingDomain } from './giving-domain.ts'
import type { Share } from './share.ts'
import { readShareToken } from './share-token.ts'

/** What is given, and the pins that make an operator's acceptance of it, ordered by selector. */
export interface ShareOffer {
  readonly definitions: readonly Definition[]
  readonly pins: readonly PinnedSelector[]
}

/** Looks at what `share` gives in the home at `home`. The error is a sentence. */
export async function offerOfShare(home: string, share: Share): Promise<Result<ShareOffer, string>> {
  const token = readShareToken(home, share)
  if (!token.ok) return token
  const socket = join(socketFolder(home, share.from), 'agent.sock')
  const giving = await GivingDomain.attach(socket, token.value, new AbortController().signal)
  if (!giving.ok) return err(`domain ${share.from}: ${giving.error.message}`)
  const given = await giving.value.read()
  giving.value.close()
  if (!given.ok) return given
  const operations = [...given.value.values()].toSorted((one, other) =>
    one.shared.selector < other.shared.selector ? -1 : 1,
  )
  return ok({
    definitions: operations.map(({ shared }) => shared),
    pins: operations.map(({ shared: { selector, definition }, effect }) => ({
      selector,
      digest: sha256Hex(canonicalJson(definition as Json)),
      effect,
    })),
  })
}
