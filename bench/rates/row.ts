/** One row of the table. */
import { median, spread } from '../figures.js'

export interface Row {
  readonly what: string
  readonly figure: string
  /** Its yardstick, measured in the same run; '-' if there is none, or its program is missing. */
  readonly yardstick: string
  readonly least: string
  readonly aim: string
  /** Median, minimum and maximum over the rounds; for quotients, of the quotients of each round. */
  readonly spread: string
}

/** The value that must be reached, and the aim; '' if there is none. */
export interface Bounds {
  readonly what: string
  readonly least?: string | undefined
  readonly aim?: string | undefined
}

/**
 * A figure of several rounds.
 *
 * @param digits behind the point
 */
export const rowOf = (
  { what, least = '', aim = '' }: Bounds,
  figures: readonly number[],
  digits: number,
  unit: string,
  yardstick = '-',
): Row => ({
  ...{ what, yardstick, least, aim },
  figure: figures.length === 0 ? '-' : `${median(figures).toFixed(digits)}${unit}`,
  spread: spread(figures, digits),
})

/**
 * How much faster than the yardstick, by round: the load of the machine changes more between rounds than within one.
 * Without a yardstick there is no quotient, and the spread is that of the rates.
 */
export const quotientRow = (
  bounds: Bounds,
  name: string,
  rates: readonly number[],
  yardstick: readonly number[],
): Row =>
  yardstick.length === 0
    ? { ...rowOf(bounds, rates, 0, '', `- (${name} is missing)`), figure: '-' }
    : rowOf(
        bounds,
        rates.map((rate, round) => rate / (yardstick[round] ?? NaN)),
        2,
        ` = ${thousands(median(rates))} lines/s`,
        `${name}: ${thousands(median(yardstick))} lines/s`,
      )

/** `1,234k` */
const thousands = (figure: number): string => `${Math.round(figure / 1000).toLocaleString('en')}k`

/** Prints one row, or the header. */
export const print = ({ what, figure, yardstick, least, aim, spread }: Row): void =>
  console.log(
    what.padEnd(51),
    figure.padEnd(25),
    yardstick.padEnd(26),
    least.padEnd(10),
    aim.padEnd(10),
    spread,
  )

export const headings: Row = {
  ...{ what: '', figure: 'figure', yardstick: 'beside', least: 'at least' },
  ...{ aim: 'aim', spread: 'median (least to most)' },
}
