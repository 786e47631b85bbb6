-- One schema for every event (docs/operations.md, "The audit"). Rows of before have version 0: their `detail` is what it
-- was. Every column has a default, so that a worker of before can still write during a deployment.
ALTER TABLE audit RENAME TO audit_before;
DROP INDEX audit_by_time;

CREATE TABLE audit (
  -- The order of writing: pages go by time, then by this.
  seq INTEGER PRIMARY KEY,
  -- Two events with the same id are one. Folded events have one that begins with "f.", and add up in `count`.
  id TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))),
  version INTEGER NOT NULL DEFAULT 0,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  outcome TEXT,
  subject TEXT,
  actor TEXT,
  client_id TEXT,
  client_authenticated INTEGER NOT NULL DEFAULT 0,
  -- Keyed hashes of the username that was entered, and of the network.
  account TEXT,
  network TEXT,
  grant_id TEXT,
  request_id TEXT,
  reason TEXT,
  detail TEXT,
  count INTEGER NOT NULL DEFAULT 1
) STRICT;

INSERT INTO audit (seq, at, event, subject, client_id, detail)
  SELECT id, at, event, subject, client_id, detail FROM audit_before;
DROP TABLE audit_before;

-- One for each filter, newest first; the retention goes by the first.
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_event ON audit (event, at);
CREATE INDEX audit_by_subject ON audit (subject, at) WHERE subject IS NOT NULL;
CREATE INDEX audit_by_client ON audit (client_id, at) WHERE client_id IS NOT NULL;
CREATE INDEX audit_by_account ON audit (account, at) WHERE account IS NOT NULL;
