// Tables as text: aligned for a terminal, and in Markdown. A cell is text already.

const width = (text) => [...text].length;

/** Columns under each other; the first to the left, the others to the right. */
export function aligned(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => width(row[column] ?? ""))));
  const pad = (text, column) => (column === 0 ? text + " ".repeat(widths[0] - width(text)) : " ".repeat(widths[column] - width(text)) + text);
  return [head, ...rows].map((row) => head.map((_, column) => pad(row[column] ?? "", column)).join("  ").trimEnd()).join("\n");
}

/** A table in Markdown. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = `| ${head.map((_, column) => (column === 0 ? "---" : "--:")).join(" | ")} |`;
  return [line(head), rule, ...rows.map((row) => line(head.map((_, column) => row[column] ?? "")))].join("\n");
}

/** A number with as many digits as say something: 0.123, 1.23, 12.3, 123. */
export function short(number) {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  return number.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** How many times as much, as people write it. */
export const times = (number) => (Number.isFinite(number) ? `${number >= 10 ? number.toFixed(0) : number.toFixed(2)} ×` : "–");
