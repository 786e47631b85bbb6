// Reads a document as a person does who follows it: what to create, what to add where, what to run, what to see.
import fs from 'node:fs';
import path from 'node:path';

/** The blocks of a document, each with its language, its text, and the paragraph before it. */
export function blocksOf(text) {
  const blocks = [];
  for (const [, paragraph, language, body] of text.matchAll(/((?:[^\n]+\n)*)\n?```(\w+)\n([\s\S]*?)```/g)) {
    blocks.push({ paragraph, language, body });
  }
  return blocks;
}

/** Does what a block of code says to do with a file, in the repository at `root`. */
export function apply(root, { paragraph, body }) {
  const created = /Create `([^`]+)`/.exec(paragraph);
  if (created) {
    fs.writeFileSync(path.join(root, created[1]), body);
    return;
  }
  const added = /In `([^`]+)`, after `([^`]+)`/.exec(paragraph);
  if (!added) throw new Error(`what to do with this block?\n${paragraph}\n${body}`);
  const [, name, line] = added;
  const file = path.join(root, name);
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const place = lines.indexOf(line);
  if (place < 0) throw new Error(`${name} has no line \`${line}\``);
  lines.splice(place + 1, 0, body.trimEnd());
  fs.writeFileSync(file, lines.join('\n'));
}
