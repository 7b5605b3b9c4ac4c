/**
 * Takes the commands out of the documentation, so that a test can execute every one of them and no page
 * can show a command that does not work.
 */

/**
 * The `npx custos …` commands of the fenced `sh` blocks of a page, in order. A line that ends in a
 * backslash continues on the next one; a comment after two spaces and `#` is dropped.
 */
export function documentedCommands(markdown: string): string[] {
  const blocks = markdown.matchAll(/^(?<fence>`{3,})sh[^\n]*\n(?<body>[^]*?)^\k<fence>\s*$/gm)
  return [...blocks].flatMap((block) =>
    (block.groups?.['body'] ?? '')
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.trim().replace(/\s{2,}#.*$/, ''))
      .filter((line) => /^npx custos(?:\s|$)/.test(line)),
  )
}
