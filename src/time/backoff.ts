/** Exponential backoff with jitter, for look-ups and sinks. */

/**
 * Doubles the wait after each failure, up to `longest`. Up to half of it is cut off at random, so that whatever failed at
 * the same moment is not retried at the same moment.
 *
 * @param first the wait after one failure, in ms
 * @param longest in ms
 * @param failures in a row, from 1 on
 * @param random 0 to 1
 * @returns ms
 */
export const backoffMs = (first: number, longest: number, failures: number, random: number): number =>
  Math.min(first * 2 ** (failures - 1), longest) * (0.5 + random / 2)
