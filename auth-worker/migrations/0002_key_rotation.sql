-- When a key ceased to sign; it stays published until what it has signed is over.
ALTER TABLE signing_keys ADD COLUMN retired_at INTEGER;

-- Two rotations at once may each make a next key; only one of the two can be kept.
CREATE UNIQUE INDEX one_next_key ON signing_keys (algorithm) WHERE state = 'next';
