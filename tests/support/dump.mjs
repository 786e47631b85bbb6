// The contents of a halted system's stores, decoded: D1's rows, KV's keys and values, every Durable Object's
// storage. workerd keeps an object's values as V8 serialises them, in which a text with one letter beyond Latin-1 takes
// two bytes a letter: a search in the files alone would miss it.
import fs from 'node:fs';
import path from 'node:path';
import v8 from 'node:v8';

const { DatabaseSync } = process.getBuiltinModule('node:sqlite');

/** Every value in the stores: `{ where, text }`, with `where` the store, the table and the column. */
export function dump(state) {
  const root = path.join(state, 'v3');
  const files = fs.readdirSync(root, { recursive: true }).map((name) => path.join(root, name));
  return files.filter((file) => fs.statSync(file).isFile()).flatMap((file) => {
    const where = path.relative(root, file);
    if (/-(shm|wal)$/.test(file)) return [];
    return file.endsWith('.sqlite') ? rows(file, where) : [{ where, text: decoded(fs.readFileSync(file)) }];
  });
}

function rows(file, where) {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.flatMap(({ name }) => {
      const all = database.prepare(`SELECT * FROM "${name}"`);
      all.setReadBigInts(true);
      return all.all().flatMap((row) =>
        Object.entries(row).map(([column, value]) => ({ where: `${where} ${name}.${column}`, text: decoded(value) })),
      );
    });
  } finally {
    database.close();
  }
}

function decoded(value) {
  if (!(value instanceof Uint8Array)) return String(value);
  try {
    const read = v8.deserialize(value);
    return typeof read === 'string' ? read : JSON.stringify(read);
  } catch {
    return Buffer.from(value).toString('latin1');
  }
}

/** Of a credential with a name and a proof in it, the proof alone is enough to hide it somewhere. */
const pieces = (secret) => [secret, secret.split('.').at(-1)].filter((piece) => piece.length >= 16);

/** The places in a dump where one of `secrets` (value → what it is) or the proof in it stands, as text or as its bytes. */
export function secretsIn(records, secrets) {
  const all = records.map(({ where, text }) => ({ where, text, bytes: Buffer.from(text, 'latin1') }));
  const found = [];
  for (const [secret, what] of secrets) {
    for (const piece of secret.length >= 16 ? pieces(secret) : [secret]) {
      const raw = Buffer.from(piece, 'base64url');
      const isRaw = /^[\w-]{22,}$/.test(piece);
      for (const { where, text, bytes } of all) {
        if (text.includes(piece) || (isRaw && bytes.includes(raw))) found.push(`${what} in ${where}`);
      }
    }
  }
  return [...new Set(found)];
}

/** The places of a dump that hold a private key unsealed. */
export const privateKeysIn = (records) =>
  records.filter(({ text }) => /"(d|p|q|dp|dq|qi)"\s*:\s*"|PRIVATE KEY/.test(text)).map(({ where }) => where);
