// The kinds of sources of requests: what a row of the table sends at one system. Each has
//   port         where to
//   refill(n)    makes what `n` requests use up, outside the measured time; absent where nothing is used up
//   next(lane)   the bytes of the next request, or undefined when all is used up
//   take(lane, answer)   whether the answer is right

import { Connection } from "../load/connection.mjs";

const isOk = ({ status }) => status === 200;

/** The same request each time. */
export const same = (port, bytes, take = isOk) => ({ port, next: () => bytes, take: (_, answer) => take(answer) });

/** These requests in turn, again and again. */
export function inTurn(port, list, take = isOk) {
  let at = 0;
  return { port, next: () => list[(at += 1) % list.length], take: (_, answer) => take(answer) };
}

/** Each request once: `make(n)` makes the next `n` of them. */
export function once(port, make, take = isOk) {
  let left = [];
  return {
    port,
    usesUp: true,
    async refill(count) {
      left = await make(count);
    },
    next: () => left.pop(),
    take: (_, answer) => take(answer),
  };
}

/** How often a refresh token is renewed before another grant takes its place: people renew theirs every few minutes, not thousands of times. */
const RENEWALS = 4;

/**
 * Requests that each follow from the answer before, as refresh tokens do: `begin(n)` makes so many states, `ask(state)`
 * the request, `follow(answer)` the next state.
 */
export function chain(port, { begin, ask, follow }) {
  let fresh = [];
  const current = [];
  return {
    port,
    usesUp: true,
    async refill(count, lanes) {
      current.length = 0;
      fresh = await begin(Math.ceil(count / RENEWALS) + lanes);
    },
    next(lane) {
      const held = current[lane];
      if (!held || held.renewals >= RENEWALS) {
        const state = fresh.pop();
        if (state === undefined) return undefined;
        current[lane] = { state, renewals: 0 };
      }
      current[lane].renewals += 1;
      return ask(current[lane].state);
    },
    take(lane, answer) {
      const state = answer.status === 200 ? follow(answer) : undefined;
      if (state === undefined) current[lane] = undefined;
      else current[lane].state = state;
      return state !== undefined;
    },
  };
}

/** Sends many requests, a few at once, and answers their answers in order. */
export async function all(port, list, lanes = 10) {
  const answers = [];
  let at = 0;
  async function lane() {
    let connection = await Connection.open(port);
    for (let place = at++; place < list.length; place = at++) {
      if (!connection.isOpen) connection = await Connection.open(port);
      answers[place] = await connection.ask(list[place]);
    }
    connection.close();
  }
  await Promise.all(Array.from({ length: Math.min(lanes, list.length) }, lane));
  return answers;
}

/** One request. */
export async function one(port, bytes) {
  const [answer] = await all(port, [bytes], 1);
  return answer;
}

/** The `code` in a redirect. */
export function codeOf(answer) {
  const location = answer.header("location");
  const code = location && new URL(location, "http://localhost").searchParams.get("code");
  if (!code) throw new Error(`a code was expected: ${answer.status} ${location ?? answer.text.slice(0, 300)}`);
  return code;
}

/** A JSON answer that must be a success. */
export function good(answer) {
  if (answer.status !== 200 && answer.status !== 201) throw new Error(`a success was expected: ${answer.status} ${answer.text.slice(0, 400)}`);
  return answer.json;
}

/** Fails with a status other than 200, or without what a token response must have. */
export const isToken = (answer) => answer.status === 200 && answer.body.includes("access_token");
