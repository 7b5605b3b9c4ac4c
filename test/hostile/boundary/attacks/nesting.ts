/** What a program leaves in its view for whoever looks at it: too deep to be counted, closed, or drawn on their screen. */
import { existsSync } from 'node:fs'
import { changeLines, openDiffs } from '../../../../src/cli/changes/change-rendering.ts'
import type { Boundary } from '../../../../src/sandbox/boundary.ts'
import type { ChangeList } from '../../../../src/sandbox/changes/change.ts'
import { listChanges } from '../../../../src/sandbox/changes/list-changes.ts'
import type { AttackFamily } from '../attack.ts'
import type { AttackWorld } from '../attack-world.ts'

const r = String.raw
const noViews = { landlock: 'there are no views; what is written in place is written' }
const smallDisk = (boundary: Boundary): Boundary => ({
  ...boundary,
  limits: { ...boundary.limits, diskMiB: 8 },
})
/** What a terminal obeys, hides or reorders. A tab only moves to the right. */
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** Attacks on the view from the inside of it. */
export const nesting: AttackFamily = {
  family: 'what is left in a view',
  attacks: [
    {
      name: 'nest folders deeper than a list of changes may be',
      notOn: noViews,
      without: ['bound on depth'],
      perl: r`for (1 .. 300) { mkdir 'd'; chdir 'd' } put('f')`,
      harmOutside: async (world) => {
        const list = await listed(world)
        const deepest = list?.changes.map(({ path }) => path.split('/').length).sort((a, b) => b - a)[0] ?? 0
        return deepest > 100 ? `a list ${deepest} folders deep` : null
      },
    },
    {
      name: 'fill the disk deeper than a path can say',
      notOn: noViews,
      without: ['all of the disk counted'],
      boundary: smallDisk,
      perl: r`
        for (1 .. 25) { mkdir 'd' x 200; chdir 'd' x 200 } my $m = 'x' x (1 << 20);
        for my $k (1 .. 32) { open(my $f, '>', "f$k") or exit; (syswrite($f, $m) || 0) == length $m or exit;
          close $f; select(undef, undef, undef, 0.2) } sleep 8; harm('32 MiB')`,
    },
    {
      name: 'fill the disk in folders that nobody may look into',
      notOn: noViews,
      without: ['all of the disk counted'],
      needs: 'user',
      boundary: smallDisk,
      perl: r`
        my $m = 'x' x (1 << 20);
        for my $k (1 .. 32) { mkdir "d$k"; open(my $f, '>', "d$k/f") or exit; chmod 0, "d$k";
          (syswrite($f, $m) || 0) == length $m or exit; close $f; select(undef, undef, undef, 0.2) }
        sleep 8; harm('32 MiB')`,
    },
    {
      name: 'draw on the screen that shows its changes',
      notOn: noViews,
      without: ['visible text'],
      perl: r`
        my $e = "\e[2J\e]0;title\a\r\x{9b}31m"; my $b = "\xe2\x80\xae";
        put("na$e${'$'}{b}me", "text\n$e$b\n"); symlink("to$e$b", "li\nnk$e"); mkdir ".git$e"; put('kept.txt', "$e$b")`,
      harmOutside: async (world) => {
        const list = await listed(world)
        if (list === null) return null
        using diffs = openDiffs({ folder: world.folder, store: world.store } as Parameters<
          typeof openDiffs
        >[0])
        const lines = list.changes.flatMap((change) => [...changeLines(change), ...diffs.linesOf(change)])
        const drawn = lines.find((line) => obeyed.test(line.replaceAll('\t', '')))
        return drawn === undefined ? null : `a line that is obeyed: ${JSON.stringify(drawn)}`
      },
    },
  ],
}

/** The list as an operator would be shown it; null where there is none. What throws is harm of its own. */
async function listed({ folder, store }: AttackWorld): Promise<ChangeList | null> {
  if (!existsSync(store)) return null
  const list = await listChanges(folder, store, { startedAtMs: 0, baseline: new Map() })
  return list.ok ? list.value : null
}
