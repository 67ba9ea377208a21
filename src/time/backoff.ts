/** How long to wait before the next try of something that has failed. */

/**
 * Twice as long after each failure, up to a longest wait. Up to half of it falls away by chance, so that all who failed
 * at the same moment do not come back at the same moment.
 *
 * @param first the wait after one failure, in ms
 * @param longest in ms
 * @param failures in a row, from 1 on
 * @param random 0 to 1
 * @returns ms
 */
export const backoffMs = (first: number, longest: number, failures: number, random: number): number =>
  Math.min(first * 2 ** (failures - 1), longest) * (0.5 + random / 2)
