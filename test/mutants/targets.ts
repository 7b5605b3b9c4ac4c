/**
 * What is mutated and what judges it. Mutated: the parts of the kernel where a small change is a breach. Judges:
 * every test that runs them within one process and without a kernel of its own, so that a mutant is a matter of
 * seconds; and a few simulated worlds. The long simulations judge more, and are not needed for this.
 */
import { globSync } from 'node:fs'

/** Folders of `src/kernel` whose every file is mutated. */
export const mutatedFolders: readonly string[] = ['gate', 'capability', 'canon', 'approval']

const judges: readonly string[] = [
  'src/kernel/*.test.ts',
  'src/kernel/!(schedule)/**/*.test.ts',
  'test/model/**/*.test.ts',
  'src/machine/view/can.test.ts',
  'src/cli/why.test.ts',
  'src/cli/authority/*.test.ts',
  'src/cli/suggestion/suggest.test.ts',
  'src/cli/canon/*.test.ts',
  'test/mutants/small-simulation.ts',
]

/** The mutated files, as paths in the repository. */
export function mutatedFiles(root: string): readonly string[] {
  const patterns = mutatedFolders.map((folder) => `src/kernel/${folder}/**/*.ts`)
  return globSync(patterns, { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .toSorted()
}

/** The judging test files, as paths in the repository. */
export function judgingFiles(root: string): readonly string[] {
  return [...new Set(globSync([...judges], { cwd: root }))].toSorted()
}
