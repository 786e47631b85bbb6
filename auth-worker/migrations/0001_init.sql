-- What people edit and list. Times are seconds since the Unix epoch.

CREATE TABLE users (
  user_id TEXT PRIMARY KEY CHECK (user_id LIKE 'u\_%' ESCAPE '\'),
  username TEXT NOT NULL UNIQUE,
  -- An Argon2id PHC string.
  password_hash TEXT NOT NULL,
  name TEXT,
  email TEXT,
  -- Names between blanks: operator, administrator.
  roles TEXT NOT NULL DEFAULT '',
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE clients (
  client_id TEXT PRIMARY KEY CHECK (client_id NOT LIKE 'u\_%' ESCAPE '\'),
  -- The versioned JSON record of a client; secrets in it are keyed hashes.
  record TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

-- A remembered consent is exact in client and resource.
CREATE TABLE consents (
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  scope TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_id, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  algorithm TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retired')),
  public_jwk TEXT NOT NULL,
  -- The private JWK, sealed under a key that is derived from OSTIARY_SECRET.
  sealed_private TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Two isolates may each make a first key; only one of the two can be kept.
CREATE UNIQUE INDEX one_active_key ON signing_keys (algorithm) WHERE state = 'active';

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  subject TEXT,
  client_id TEXT,
  detail TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX audit_by_time ON audit (at);
