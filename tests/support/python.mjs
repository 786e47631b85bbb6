// Python with the packages of tests/clients/python/requirements.txt, which `cargo xtask test` installs into .tools/python.
import fs from 'node:fs';
import path from 'node:path';
import { repository } from './system.mjs';

const packages = path.join(repository, '.tools', 'python');

/** The command that runs one of the programs: `[command, words, environment]`. */
export function python(name) {
  if (!fs.existsSync(packages)) throw new Error(`${packages} is missing: run \`cargo xtask test --only clients\`, which installs it`);
  const file = path.join(repository, 'tests', 'clients', 'python', name);
  return ['python3', [file], { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }];
}
