/**
 * Finds dead files: a file of `src/` that nothing imports and that nobody starts. Being imported by its
 * own test does not count, since that keeps alive only the test.
 */
import type { Finding } from './finding.ts'
import { isTest, type Source } from './sources.ts'

/** `main.ts` is what a process is started with; the other entries are the faces in package.json. */
function isEntry(path: string, faces: readonly string[]): boolean {
  return path.endsWith('/main.ts') || faces.includes(path)
}

/** Files of `src/` without an importer. `faces` are the sources behind the exports of package.json. */
export function deadFiles(sources: readonly Source[], faces: readonly string[]): readonly Finding[] {
  const importers = new Map<string, string[]>()
  for (const { path, imports } of sources) {
    for (const { target } of imports)
      if (target !== null) importers.set(target, [...(importers.get(target) ?? []), path])
  }
  return sources
    .filter(({ path }) => path.startsWith('src/') && !isTest(path) && !isEntry(path, faces))
    .filter(({ path }) => {
      const ownTest = path.replace(/\.ts$/, '.test.ts')
      return !(importers.get(path) ?? []).some((importer) => importer !== ownTest && importer !== path)
    })
    .map(({ path }) => ({
      file: path,
      line: 0,
      rule: 'dead files',
      message: 'nothing imports it and nothing starts it',
    }))
}
