// Statistics of slices. Nothing here knows what was measured.

/** The value below which the share `part` of the values lies, between neighbours in proportion. */
export function quantile(values, part) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * part;
  const [low, high] = [Math.floor(at), Math.ceil(at)];
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/**
 * The slices of one kind of work at one system as one measurement: medians over the slices, and the latencies of all of
 * them together. A slice is `{ processor, wall, latencies, wrong }`, times in milliseconds.
 */
export function summary(slices) {
  const whole = slices.filter(({ latencies }) => latencies.length > 0);
  const all = whole.flatMap(({ latencies }) => Array.from(latencies));
  return {
    processor: median(whole.map(({ processor, latencies }) => processor / latencies.length)),
    perSecond: median(whole.map(({ wall, latencies }) => (latencies.length * 1000) / wall)),
    p50: quantile(all, 0.5),
    p99: quantile(all, 0.99),
    requests: all.length,
    wrong: slices.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

/** How many times as much the other needs as we do. */
export const ratio = (other, ours) => (ours > 0 && Number.isFinite(other) ? other / ours : Number.NaN);
