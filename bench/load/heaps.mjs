// The heaps of the isolates of a workerd, by its inspector.

const PATIENCE = 10_000;

/** The answer of an inspector to one question. */
function asked(url, method) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const fail = () => reject(new Error(`the inspector at ${url} does not answer`));
    const late = setTimeout(fail, PATIENCE);
    socket.addEventListener("error", fail);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ id: 1, method })));
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(data);
      if (id !== 1) return;
      clearTimeout(late);
      socket.close();
      resolve(result);
    });
  });
}

const KINDS = [
  [/^core:user:ostiary-(.*)/, (name) => name],
  [/^kv:/, () => "KV's simulator"],
  [/^d1:/, () => "D1's simulator"],
  [/./, () => "Miniflare's others"],
];

function kindOf(id) {
  const [pattern, name] = KINDS.find(([one]) => one.test(id));
  return name(pattern.exec(id)[1]);
}

/** Bytes of JavaScript's heap that each worker uses, and the simulators together: `{ name: bytes }`. */
export async function heaps(inspector) {
  const targets = await (await fetch(new URL("/json", inspector.replace(/^ws:/, "http:")))).json();
  const found = await Promise.all(
    targets.map(async ({ id, webSocketDebuggerUrl: url }) => {
      const { usedSize } = await asked(url, "Runtime.getHeapUsage");
      return [kindOf(String(id)), usedSize];
    }),
  );
  const sums = {};
  for (const [kind, bytes] of found) sums[kind] = (sums[kind] ?? 0) + bytes;
  return sums;
}
