// Processor time and memory of a process and all its children, from /proc.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"]));

/** The fields of /proc/PID/stat after the name of the program, which may itself have spaces: the first is the state. */
function fields(id) {
  const text = readFileSync(`/proc/${id}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function childrenOf(id) {
  return readdirSync(`/proc/${id}/task`).flatMap((task) => {
    const text = readFileSync(`/proc/${id}/task/${task}/children`, "latin1");
    return text.split(" ").filter(Boolean).map(Number);
  });
}

/** A process, its children, and theirs. */
export function family(id) {
  try {
    return [id, ...childrenOf(id).flatMap(family)];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** Milliseconds of processor time that these processes have had, those of their children that ended included. */
export function processorTime(ids) {
  const ticks = ids.map((id) => fields(id).slice(11, 15).reduce((sum, field) => sum + Number(field), 0));
  return (ticks.reduce((sum, one) => sum + one, 0) * 1000) / TICKS;
}

/** Resident memory of these processes in bytes. */
export function residentMemory(ids) {
  const kilobytes = ids.map((id) => Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "latin1"))?.[1] ?? 0));
  return kilobytes.reduce((sum, one) => sum + one, 0) * 1024;
}
