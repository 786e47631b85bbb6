-- What the resource server owns. A person is known by the subject of the authorization server's
-- tokens; nothing here is a credential.

CREATE TABLE people (
    sub      TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    name     TEXT,
    email    TEXT
) STRICT;

-- What people say about themselves, by POST /api/user/update.
CREATE TABLE profiles (
    sub        TEXT PRIMARY KEY,
    name       TEXT,
    email      TEXT,
    bio        TEXT,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE students (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE posts (
    id           INTEGER PRIMARY KEY,
    sub          TEXT NOT NULL,
    title        TEXT NOT NULL,
    body         TEXT NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

CREATE INDEX posts_of_a_person ON posts (sub, published_at);
