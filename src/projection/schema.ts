/**
 * The tables that a ledger is projected into, for questions that no one foresaw. Everything in them follows from the
 * ledger: the file may be deleted at any time, and a file of another version is made anew.
 */

/** Changes whenever the tables or what is put into them do. */
export const projectionVersion = 2

/** What makes an empty database one of this version. Times are in milliseconds, positions are events'. */
export const projectionSchema: string = `
CREATE TABLE projected (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  position TEXT,
  seq INTEGER NOT NULL
) STRICT;
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor INTEGER NOT NULL,
  process INTEGER,
  operator INTEGER,
  call INTEGER,
  capability INTEGER,
  cause INTEGER,
  payload_bytes INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_process ON events (process, seq);
CREATE INDEX events_by_kind ON events (kind, seq);
CREATE INDEX events_by_capability ON events (capability, seq);
CREATE INDEX events_by_call ON events (call, seq) WHERE call IS NOT NULL;
CREATE INDEX events_by_time ON events (at);
CREATE TABLE calls (
  call INTEGER PRIMARY KEY,
  process INTEGER NOT NULL,
  object INTEGER NOT NULL,
  selector TEXT NOT NULL,
  effect TEXT NOT NULL,
  capability INTEGER NOT NULL,
  cost INTEGER,
  stage TEXT NOT NULL,
  outcome TEXT,
  reason TEXT,
  asked_seq INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  admitted_seq INTEGER,
  ended_seq INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX calls_by_process ON calls (process, call);
CREATE INDEX calls_by_stage ON calls (stage, call);
CREATE TABLE capabilities (
  capability INTEGER PRIMARY KEY,
  how TEXT NOT NULL,
  parent INTEGER,
  holder INTEGER NOT NULL,
  object INTEGER,
  caveats TEXT,
  made_seq INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  narrowed_seq INTEGER,
  revoked_seq INTEGER
) STRICT;
CREATE INDEX capabilities_by_holder ON capabilities (holder);
CREATE TABLE approvals (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  call INTEGER NOT NULL,
  operator INTEGER NOT NULL,
  decision TEXT NOT NULL,
  comment TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_by_call ON approvals (call);
CREATE TABLE names (
  what TEXT NOT NULL,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (what, id)
) STRICT, WITHOUT ROWID;
INSERT INTO projected VALUES (1, ${projectionVersion}, NULL, 0);
`
