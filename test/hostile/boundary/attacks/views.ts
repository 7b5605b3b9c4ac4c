/** Getting at a folder itself through its copy-on-write view: by second names, exchanges and other views. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AttackFamily } from '../attack.ts'

const r = String.raw
const noViews = { landlock: 'there are no views; what is written in place is written' }

/** Attacks on views. */
export const views: AttackFamily = {
  family: 'views',
  attacks: [
    {
      name: 'change the folder through a second name in it',
      notOn: noViews,
      without: ['copy-on-write view'],
      perl: r`link('kept.txt', 'second'); put('second', 'attack')`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'give a file that is only readable a second name in the folder',
      without: 'plain',
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`link("$ENV{A_PERSON}/notes.txt", 'second') and put('second', 'attack')`,
      harmOutside: ({ person }) =>
        readFileSync(join(person, 'notes.txt'), 'utf8').includes('attack') ? 'it was written' : null,
    },
    {
      name: 'exchange the names of two files',
      notOn: noViews,
      without: ['copy-on-write view'],
      perl: r`put('mine', 'attack'); sys(NR_renameat2, -100, 'kept.txt', -100, 'mine', 2)`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'leave a hole where a file was',
      notOn: noViews,
      without: ['copy-on-write view'],
      perl: r`sys(NR_renameat2, -100, 'kept.txt', -100, 'moved', 4) == 0 or rename 'kept.txt', 'moved'`,
      harmOutside: (world) => world.whyFolderChanged(),
    },
    {
      name: 'move between two views',
      notOn: noViews,
      without: ['copy-on-write view'],
      boundary: (boundary, world) => ({
        ...boundary,
        views: [...boundary.views, { path: world.shared, store: `${world.store}-2` }],
      }),
      perl: r`
        my $there = "$ENV{A_SHARED}/moved";
        rename('kept.txt', $there) or put($there, slurp('kept.txt')) && unlink 'kept.txt'`,
      harmOutside: (world) =>
        existsSync(join(world.shared, 'moved')) ? 'the other folder was written' : world.whyFolderChanged(),
    },
    {
      name: 'move out of a view into a folder that is only readable',
      without: ['read-only host'],
      boundary: (boundary, world) => ({ ...boundary, readable: ['/', world.person] }),
      perl: r`
        my $there = "$ENV{A_PERSON}/notes.txt";
        put('mine', 'attack'); rename('mine', $there) or put($there, 'attack')`,
      harmOutside: ({ person }) =>
        readFileSync(join(person, 'notes.txt'), 'utf8').includes('attack') ? 'it was written' : null,
    },
  ],
}
