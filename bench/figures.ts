/** Sums up the figures of several rounds. */

const sorted = (figures: readonly number[]): number[] => [...figures].sort((a, b) => a - b)

/** The median; NaN without figures. */
export const median = (figures: readonly number[]): number =>
  sorted(figures)[Math.floor(figures.length / 2)] ?? NaN

/** The quantile; NaN without figures. */
export const quantile = (figures: readonly number[], part: number): number =>
  sorted(figures)[Math.max(0, Math.ceil(figures.length * part) - 1)] ?? NaN

/** `20.5 (19.8 to 21.0)`: median, minimum and maximum; a dash without figures. */
export const spread = (figures: readonly number[], digits: number): string => {
  if (figures.length === 0) return '-'
  const [middle, least, most] = [median(figures), Math.min(...figures), Math.max(...figures)].map(figure =>
    figure.toFixed(digits),
  )
  return `${middle} (${least} to ${most})`
}
