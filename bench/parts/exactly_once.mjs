// Many requests at once with one code, and with one refresh token: how many are given tokens, and how many different ones.

import { Connection } from "../load/connection.mjs";
import { startBetterAuth } from "../systems/better_auth.mjs";
import { grants, codes, crowdOf, redeemRequest, refreshRequest, startOurs, JWT_CLIENT } from "../systems/ours.mjs";
import { startNodeOidcProvider } from "../systems/node_oidc_provider.mjs";
import { startWorkersOauthProvider } from "../systems/workers_oauth_provider.mjs";

/** Each request over a connection of its own, all of them written in one turn. */
async function atOnce(port, bytes, count) {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  const answers = await Promise.all(connections.map((connection) => connection.ask(bytes).catch(() => undefined)));
  for (const connection of connections) connection.close();
  const won = answers.filter((answer) => answer?.status === 200).map((answer) => answer.json);
  return { winners: won.length, different: new Set(won.map(({ access_token: token }) => token)).size };
}

async function startOurCandidate() {
  const running = await startOurs({ crowd: 4 });
  const people = await crowdOf(running.system);
  const { system } = running;
  const exactlyOnce = {
    code: async () => redeemRequest(system, JWT_CLIENT, (await codes(system, JWT_CLIENT, "read", people, 1))[0]),
    refresh: async () => refreshRequest(system, JWT_CLIENT, (await grants(system, JWT_CLIENT, "read offline_access", people, 1))[0].refresh_token),
  };
  return { ...running, port: system.ports.auth, exactlyOnce };
}

const CANDIDATES = [
  ["ours", startOurCandidate],
  ["node_oidc_provider", startNodeOidcProvider],
  ["node_oidc_provider_distant", () => startNodeOidcProvider({ distant: true })],
  ["workers_oauth_provider", startWorkersOauthProvider],
  ["better_auth", startBetterAuth],
];

/** Answers `[{ system, of: "code" | "refresh", count, tries: [{ winners, different }] }]`. */
export async function tryExactlyOnce({ quick, say }) {
  const results = [];
  for (const [system, start] of CANDIDATES) {
    const running = await start();
    try {
      for (const of of ["code", "refresh"]) {
        for (const count of quick ? [50] : [50, 200]) {
          const tries = [];
          for (let time = 0; time < (quick ? 3 : 10); time += 1) tries.push(await atOnce(running.port, await running.exactlyOnce[of](), count));
          results.push({ system, of, count, tries });
          say(`${count} at once with one ${of} at ${system}: ${tries.map(({ different }) => different).join(" ")} different tokens`);
        }
      }
    } finally {
      await running.stop();
    }
  }
  return results;
}
