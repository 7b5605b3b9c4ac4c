/** What a judging process and the one that started it say to each other. */

/** One test of a judging file, and what it does without a mutant. */
export interface JudgingTest {
  readonly file: string
  /** Its place among the tests of the file. */
  readonly index: number
  readonly name: string
  readonly takesMs: number
  /** The mutants that it meets, by Stryker’s ids. */
  readonly meets: readonly string[]
}

/** What a judging file does without a mutant. */
export interface JudgingFile {
  readonly file: string
  /** The mutants met while it was loaded: those can only be judged by a process that has not loaded it yet. */
  readonly meetsAtLoad: readonly string[]
  readonly tests: readonly JudgingTest[]
  /** What failed by itself, and so can judge nothing: names of tests, or the error of the file. */
  readonly failed: readonly string[]
}

/** Where a test stands. */
export type TestPlace = Pick<JudgingTest, 'file' | 'index'>

/** What is wanted of a judging process. */
export type JudgingRequest =
  | { readonly do: 'read'; readonly file: string }
  | { readonly do: 'judge'; readonly mutant: string; readonly tests: readonly TestPlace[] }

/** What a judging process says. `at` comes before each test that judges, so that a stuck one is found. */
export type JudgingReply =
  | { readonly is: 'read'; readonly file: JudgingFile }
  | { readonly is: 'at'; readonly place: number }
  | {
      readonly is: 'judged'
      /** The place in the request of the test that failed, or null. */
      readonly failedAt: number | null
      /** That test fails without the mutant too: something of an earlier mutant is left in this process. */
      readonly isSpoiled: boolean
    }
