/** Every attack there is, by the file it stands in. */
import type { Attack } from './attack.ts'
import { attacks as bytes } from './attacks/bytes.ts'
import { attacks as claims } from './attacks/claims.ts'
import { attacks as flips } from './attacks/flips.ts'
import { attacks as floods } from './attacks/floods.ts'
import { attacks as hiddenText } from './attacks/hidden-text.ts'
import { attacks as http } from './attacks/http.ts'
import { attacks as ids } from './attacks/ids.ts'
import { attacks as life } from './attacks/life.ts'
import { attacks as lists } from './attacks/lists.ts'
import { attacks as modern } from './attacks/modern.ts'
import { attacks as names } from './attacks/names.ts'
import { attacks as reverse } from './attacks/reverse.ts'
import { attacks as schemas } from './attacks/schemas.ts'

/** One attack and the name of its file, under which its server is started. */
export interface ListedAttack {
  readonly group: string
  readonly attack: Attack
}

const groups: { readonly [group: string]: readonly Attack[] } = {
  names,
  schemas,
  'hidden-text': hiddenText,
  flips,
  ids,
  floods,
  reverse,
  bytes,
  lists,
  life,
  claims,
  modern,
  http,
}

/** All of them, grouped. */
export const allAttacks: readonly ListedAttack[] = Object.entries(groups).flatMap(([group, attacks]) =>
  attacks.map((attack) => ({ group, attack })),
)
