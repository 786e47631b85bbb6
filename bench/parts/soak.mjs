// A mixed load with errors for some minutes: memory over time, and answers that were not as they must be.

import { setTimeout as sleep } from "node:timers/promises";
import { basic, CLIENTS } from "../../tests/support/flow.mjs";
import { random } from "../../tests/support/jwt.mjs";
import { Connection, form, request } from "../load/connection.mjs";
import { heaps } from "../load/heaps.mjs";
import { residentMemory } from "../load/processor.mjs";
import { JWT_CLIENT, OPAQUE_CLIENT, authorizeRequest, crowdOf, grants, introspectRequest, machineRequest, machineTokens, redeemRequest, refreshRequest, signedIn, startOurs } from "../systems/ours.mjs";
import { codeOf } from "../systems/rows.mjs";

const LANES = 10;
const RATE = 200;

/** What one lane of the load does: each act sends one request and fails when its answer is not the right one. */
function acts(system, { people, machines, opaque, ada }) {
  const { auth, api, app, ports } = system;
  const bearer = (url, token) => request("GET", url, { authorization: `Bearer ${token}` });
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  const expect = (answer, status, part = "") => {
    if (answer.status !== status || !answer.text.includes(part)) throw new Error(`${answer.status} in place of ${status}: ${answer.text.slice(0, 120)}`);
    return answer;
  };
  const at = (port, bytes, status, part) => async ({ ask }) => expect(await ask(port, bytes()), status, part);
  async function flow({ ask }) {
    const code = codeOf(await ask(ports.auth, authorizeRequest(system, JWT_CLIENT, "openid read offline_access", any(people))));
    const tokens = expect(await ask(ports.auth, redeemRequest(system, JWT_CLIENT, code)), 200).json;
    const next = expect(await ask(ports.auth, refreshRequest(system, JWT_CLIENT, tokens.refresh_token)), 200).json;
    expect(await ask(ports.auth, bearer(`${auth}/oauth/userinfo`, next.access_token)), 200);
    // A replay of the code ends the grant, and its tokens with it.
    expect(await ask(ports.auth, redeemRequest(system, JWT_CLIENT, code)), 400, "invalid_grant");
    expect(await ask(ports.auth, refreshRequest(system, JWT_CLIENT, next.refresh_token)), 400, "invalid_grant");
  }
  return [
    [25, at(ports.api, () => bearer(`${api}/api/protected`, any(machines)), 200)],
    [10, at(ports.api, () => bearer(`${api}/api/protected`, any(opaque)), 200)],
    [10, at(ports.auth, () => machineRequest(system, JWT_CLIENT), 200, "access_token")],
    [3, at(ports.auth, () => machineRequest(system, OPAQUE_CLIENT), 200, "access_token")],
    [10, at(ports.auth, () => introspectRequest(system, any(opaque)), 200, '"active":true')],
    [8, at(ports.auth, () => request("GET", `${auth}/.well-known/openid-configuration`), 200, "issuer")],
    [5, at(ports.auth, () => request("GET", `${auth}/login`), 200)],
    [3, at(ports.auth, () => request("GET", `${auth}/account`, { cookie: ada }), 200)],
    [5, at(ports.app, () => request("POST", `${app}/m2m/run`, { "content-type": "application/json" }, "{}"), 200)],
    [6, flow],
    [4, at(ports.auth, () => form(`${auth}/oauth/token`, { grant_type: "client_credentials" }, basic(JWT_CLIENT, "not-its-secret")), 401, "invalid_client")],
    [4, at(ports.auth, () => form(`${auth}/oauth/token`, { grant_type: "password" }, basic(JWT_CLIENT, CLIENTS[JWT_CLIENT].secret)), 400, "unsupported_grant_type")],
    [4, at(ports.api, () => bearer(`${api}/api/protected`, `${any(machines).slice(0, -8)}AAAAAAAA`), 401, "")],
    [3, at(ports.auth, () => introspectRequest(system, `a1.${random(16)}`), 200, '"active":false')],
    [2, at(ports.api, () => request("GET", `${api}/${random(8)}`), 404)],
  ];
}

function chosen(list) {
  const sum = list.reduce((total, [weight]) => total + weight, 0);
  let left = Math.random() * sum;
  return list.find(([weight]) => (left -= weight) < 0)?.[1] ?? list[0][1];
}

/** The connections of one lane, one for each port, opened again when the server has closed them. */
function asker() {
  const open = new Map();
  return async (port, bytes) => {
    if (!open.get(port)?.isOpen) open.set(port, await Connection.open(port));
    return open.get(port).ask(bytes);
  };
}

async function sample(running, start, counted) {
  const megabytes = (bytes) => bytes / 1024 / 1024;
  const found = await heaps(running.said.inspector);
  return {
    second: Math.round((performance.now() - start) / 1_000),
    resident: megabytes(residentMemory(running.ids)),
    heaps: Object.fromEntries(Object.entries(found).map(([name, bytes]) => [name, megabytes(bytes)])),
    ...counted,
  };
}

async function load(running, { seconds, every, say }) {
  const { system } = running;
  const people = await crowdOf(system);
  const ada = await signedIn(system, "ada", [OPAQUE_CLIENT]);
  const opaque = (await grants(system, OPAQUE_CLIENT, "openid read", [ada], 50)).map(({ access_token: token }) => token);
  const list = acts(system, { people, opaque, ada, machines: await machineTokens(system, 500) });
  const counted = { requests: 0, wrong: 0 };
  const faults = new Map();
  const start = performance.now();
  const end = start + seconds * 1_000;
  async function lane(place) {
    const connections = asker();
    const ask = (port, bytes) => {
      counted.requests += 1;
      return connections(port, bytes);
    };
    for (let due = start + (place * 1_000) / RATE; performance.now() < end; ) {
      const before = counted.requests;
      await sleep(Math.max(0, due - performance.now()));
      const act = chosen(list);
      const own = { count: 0 };
      try {
        await act({ ask: (port, bytes) => ((own.count += 1), ask(port, bytes)) });
      } catch (error) {
        counted.wrong += 1;
        faults.set(error.message, (faults.get(error.message) ?? 0) + 1);
      }
      due = Math.max(due + (own.count * LANES * 1_000) / RATE, performance.now() - 1_000);
      if (counted.requests === before) break;
    }
  }
  const samples = [await sample(running, start, counted)];
  const lanes = Promise.all(Array.from({ length: LANES }, (_, place) => lane(place)));
  while (performance.now() < end) {
    await sleep(Math.min(every * 1_000, Math.max(0, end - performance.now())));
    samples.push(await sample(running, start, counted));
    const { second, resident, requests, wrong } = samples.at(-1);
    say(`soak, ${second} s: ${requests} requests, ${wrong} wrong, ${resident.toFixed(0)} MiB`);
  }
  await lanes;
  return { samples, faults: [...faults].map(([fault, count]) => `${count} × ${fault}`).slice(0, 10) };
}

/** Answers `{ samples: [{ second, resident, heaps, requests, wrong }], faults }`, memory in MiB. */
export async function soak({ quick, say }) {
  const running = await startOurs({ crowd: 60, inspect: true });
  try {
    return await load(running, quick ? { seconds: 15, every: 5, say } : { seconds: 300, every: 30, say });
  } finally {
    await running.stop();
  }
}
