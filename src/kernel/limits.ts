/**
 * The kernel's own limits. Everything that a process or an operator can make more of has one, so that the
 * state, and the work of any one decision, stay bounded.
 */

/** The numbers. Times are in milliseconds of ledger time. */
export const limits = {
  /** Levels below a root grant. */
  derivationDepth: 64,
  /** Capabilities in one process's table, dead ones included until they are dropped. */
  handlesPerProcess: 4096,
  /** Table size from which handles of revoked capabilities are forgotten. */
  deadHandlesKept: 256,
  /** Ids that a pass over dead capabilities goes on by with each event. Another number needs other `rules`. */
  sweptPerEvent: 32,
  /** Derivations and drops of one process in any refusal window. */
  derivationsPerWindow: 256,
  /** Admitted and unsettled calls of one process. */
  inFlightPerProcess: 4096,
  /** Held calls of one process. */
  heldPerProcess: 64,
  /** Living agents, drivers, operators and processes together. */
  objects: 65_536,
  /** Ids of objects, which are never given twice. */
  objectIds: 4_294_967_296,
  /** Living children of one process, and levels of children. */
  childrenPerProcess: 64,
  spawnDepth: 8,
  /** All drivers' programs as JSON, in UTF-16 units: the supervisor is told of them in one notice. */
  programsLength: 262_144,
  selectorsPerDriver: 1024,
  selectorsPerCapability: 1024,
  argumentTermsPerSelector: 64,
  /** Length of names, comments and other text of an order, in UTF-16 units. */
  nameLength: 64,
  textLength: 1024,
  /** How many operators, or capabilities of different origin, one use may be made to need. */
  quorum: 16,
  /** Budgets in force in one domain, and narrowings of one capability's arguments in place. */
  accounts: 16_384,
  narrowings: 16,
  /** Operators ever enrolled, and domains ever registered, in one kernel. */
  operators: 256,
  domains: 64,
  /** Proposals of one operator that wait: nobody can keep others from proposing. */
  proposalsPerOperator: 16,
  /** How long a proposed order waits for a second operator. */
  proposalMs: 3_600_000,
  /** How long a domain may rely on a statement; a new one is issued when half of that has passed. */
  statementMs: 86_400_000,
  /** Longest text of a statement, in bytes of UTF-8. */
  statementBytes: 262_144,
  /** Largest share that a domain can be given. */
  weight: 10_000,
  /** Values in one `in` constraint, and nesting of `every`. */
  constraintValues: 1024,
  constraintDepth: 8,
  patternLength: 1024,
  /** Refusals of one process recorded one by one in any window; the rest are counted. */
  refusalsPerWindow: 64,
  refusalWindowMs: 10_000,
  /** Longest text of caveats, in bytes, that a process may derive with. */
  derivedCaveatsLength: 8_192,
  /** Longest arguments, in bytes, that are held: a person must be able to see what they decide. */
  heldArgumentsLength: 524_288,
  /** Longest payload, in bytes, that a refusal keeps. */
  refusedPayloadLength: 4096,
  /** How long a held call waits for a decision. */
  holdMs: 3_600_000,
  /** How long a dispatched call may take: tools work for minutes, and may have to ask a person something. */
  callMs: 600_000,
  /** A canon: length of its text and of one article in UTF-16 units, and items of any list in it. */
  canonLength: 65_536,
  articleLength: 4096,
  canonItems: 64,
  /** Timers of one process that it has not cancelled, and how far ahead one may be set. */
  timersPerProcess: 64,
  timerMs: 31_622_400_000,
  /** Longest answer of an operator to a question, in bytes of UTF-8. */
  answerLength: 4096,
  /** Subjects that are named or being erased, and legal holds in force. */
  subjects: 65_536,
  holds: 256,
  /** Subjects whose keys are in one escrow. */
  subjectsInEscrow: 4096,
  /** How far an order's time may be from ledger time. */
  orderSkewMs: 300_000,
} as const
