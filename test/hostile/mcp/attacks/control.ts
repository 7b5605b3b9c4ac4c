/** No attack at all: a good server, for the campaign to compare with. It stands in no list. */
import type { Attack } from '../attack.ts'

/** The good server. */
export const attacks: readonly Attack[] = [
  {
    id: 'good-server',
    title: 'behaves',
    script: {},
    damage: () => Promise.resolve('none'),
    custos: {},
  },
]
