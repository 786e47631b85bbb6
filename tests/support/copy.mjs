// A copy of the repository's sources to try changes on. It shares the compiled dependencies, and what is unchanged
// keeps its age, so that a second copy compiles only what a change is about.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Folders that are made and that a copy takes over: built workers and pages. */
const BUILT = ['auth-worker/build', 'app-worker/build', 'web-ui/dist'];

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file) : undefined);

/** Makes or renews the copy of `from` in `to`. */
export function copySources(from, to) {
  fs.mkdirSync(to, { recursive: true });
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: from, maxBuffer: 1 << 26 });
  const files = new Set(listed.toString().split('\0').filter((name) => name && fs.existsSync(path.join(from, name))));
  for (const name of files) {
    const target = path.join(to, name);
    const wanted = fs.readFileSync(path.join(from, name));
    if (read(target)?.equals(wanted)) continue;
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, wanted);
  }
  for (const name of sourcesIn(to)) if (!files.has(name)) fs.rmSync(path.join(to, name));
  for (const folder of BUILT) {
    fs.rmSync(path.join(to, folder), { recursive: true, force: true });
    fs.cpSync(path.join(from, folder), path.join(to, folder), { recursive: true });
  }
  for (const folder of ['node_modules', '.tools']) linkTree(path.join(from, folder), path.join(to, folder));
}

/** The Rust sources of a copy, where a file too many would be compiled. */
function sourcesIn(folder) {
  const within = ['api-worker/src', 'api-worker/migrations', 'crates'].filter((name) => fs.existsSync(path.join(folder, name)));
  return within.flatMap((name) =>
    fs.readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))));
}

/** The same files under another name: nothing is copied, and removing one tree leaves the other. */
function linkTree(from, to) {
  fs.rmSync(to, { recursive: true, force: true });
  fs.mkdirSync(to, { recursive: true });
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target);
    else fs.linkSync(source, target);
  }
}
