#!/usr/bin/env node
// In the place of wrangler (`OSTIARY_WRANGLER`), for a system that is deployed nowhere. The folder FAKE_WRANGLER has the secrets of the
// worker (secrets.json), each deployment (deployments.jsonl), each call (calls.jsonl), and the path of the database (database).
// What the real one would refuse is refused. FAKE_WRANGLER_FAILS=3:before lets the third change fail, 3:after lets its answer be lost.
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const CONFIG = ['--config', 'auth-worker/wrangler.toml'];

/** The commands that are known, each with the words that it is called with; SQL is any. */
export const COMMANDS = {
  'secret bulk': [...CONFIG],
  'secret list': ['--format', 'json', ...CONFIG],
  'd1 execute': ['DB', '--remote', '--yes', '--json', '--command', 'SQL', ...CONFIG],
};

function refuse(why) {
  console.error(`✘ [ERROR] ${why}`);
  process.exit(1);
}

/** The command and its SQL. */
function understood([first, second, ...words]) {
  const command = `${first} ${second}`;
  const known = COMMANDS[command] ?? refuse('Unknown command');
  const at = known.indexOf('SQL');
  const isKnown = words.length === known.length && words.every((word, place) => place === at || word === known[place]);
  if (!isKnown) refuse('Unknown arguments');
  return [command, words[at]];
}

async function main() {
  const folder = process.env.FAKE_WRANGLER ?? refuse('FAKE_WRANGLER names no folder');
  const at = (name) => path.join(folder, name);
  const read = () => JSON.parse(fs.readFileSync(at('secrets.json'), 'utf8'));
  const note = (file, what) => fs.appendFileSync(at(file), `${JSON.stringify({ at: Date.now(), ...what })}\n`);
  const argv = process.argv.slice(2);
  const [command, sql] = understood(argv);
  note('calls.jsonl', { command, argv, pid: process.pid });

  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const onDatabase = (act) => {
    const database = new DatabaseSync(fs.readFileSync(at('database'), 'utf8'));
    try {
      return act(database);
    } finally {
      database.close();
    }
  };
  const answer = (results) => console.log(JSON.stringify([{ results, success: true, meta: {} }], null, 2));

  if (command === 'secret list') {
    console.log(JSON.stringify(Object.keys(read()).map((name) => ({ name, type: 'secret_text' })), null, 2));
    return;
  }
  if (sql?.startsWith('SELECT')) {
    answer(onDatabase((database) => database.prepare(sql).all()));
    return;
  }

  const changes = fs.existsSync(at('changes')) ? Number(fs.readFileSync(at('changes'), 'utf8')) + 1 : 1;
  fs.writeFileSync(at('changes'), String(changes));
  const fails = (when) => process.env.FAKE_WRANGLER_FAILS === `${changes}:${when}`;
  if (fails('before')) refuse('fetch failed');
  if (command === 'secret bulk') {
    const values = JSON.parse(await text(process.stdin));
    const secrets = read();
    for (const [name, value] of Object.entries(values)) {
      if (value === null && !(name in secrets)) refuse(`Secret ${name} was not found`);
      if (value !== null && typeof value !== 'string') refuse('The value of a secret is text, or null');
      if (value === null) delete secrets[name];
      else secrets[name] = value;
    }
    fs.writeFileSync(at('secrets.json'), JSON.stringify(secrets));
    note('deployments.jsonl', { secrets });
    if (!fails('after')) console.log('✨ Finished processing secrets file');
  } else {
    // All statements of a call, or none.
    onDatabase((database) => {
      database.exec('BEGIN');
      database.exec(sql);
      database.exec('COMMIT');
    });
    if (!fails('after')) answer([]);
  }
  if (fails('after')) refuse('fetch failed');
}

if (import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) await main();
