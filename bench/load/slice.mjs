// One slice of a measurement: requests over so many connections, for a time or until there are none left.

import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.mjs";
import { processorTime } from "./processor.mjs";

/** What a server does after an answer is part of what the request costs. */
const AFTERMATH = 30;

/**
 * Runs requests against `port` of the processes `ids`. `next(lane)` gives the bytes of a lane's next request or undefined
 * when there are no more; `take(lane, answer)` says whether the answer is right. Times are in milliseconds.
 */
export async function runSlice({ ids, port, lanes, milliseconds, next, take }) {
  const connections = await Promise.all(Array.from({ length: lanes }, () => Connection.open(port)));
  const latencies = [];
  const faults = new Map();
  let wrong = 0;
  const before = processorTime(ids);
  const start = performance.now();
  const end = start + milliseconds;
  async function lane(place) {
    let connection = connections[place];
    while (performance.now() < end) {
      const bytes = next(place);
      if (!bytes) return;
      if (!connection.isOpen) connection = connections[place] = await Connection.open(port);
      const sent = performance.now();
      let fault;
      try {
        const answer = await connection.ask(bytes);
        latencies.push(performance.now() - sent);
        if (!take(place, answer)) fault = `${answer.status} ${answer.text.slice(0, 200)}`;
      } catch (error) {
        fault = String(error.message);
      }
      if (fault === undefined) continue;
      wrong += 1;
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
    }
  }
  await Promise.all(connections.map((_, place) => lane(place)));
  const wall = performance.now() - start;
  await sleep(AFTERMATH);
  const processor = processorTime(ids) - before;
  for (const connection of connections) connection.close();
  return { processor, wall, latencies, wrong, faults };
}
