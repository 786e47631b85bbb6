// A reporter for Node's test runner: the counts of a whole run as one line of JSON.

export default async function* counts(events) {
  for await (const { type, data } of events) {
    // A summary that names a file is of that file alone.
    if (type === "test:summary" && data.file === undefined) yield `${JSON.stringify(data.counts)}\n`;
  }
}
