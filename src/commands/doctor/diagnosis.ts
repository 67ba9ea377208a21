/** What `domainstats doctor` finds, and how it is shown. */
import process from 'node:process'
import { diagnosisWidthMin } from '../../limits.js'
import { jsonEscaped, toJsonLine } from '../../output/json.js'
import { wrapped } from '../../output/table.js'

/** Where it was found. */
export type Area =
  | 'program'
  | 'settings'
  | 'user'
  | 'input'
  | 'output'
  | 'database'
  | 'disk'
  | 'clock'
  | 'network'
  | 'run'
  | 'sink'
  | 'shared'

/** Whatever is not right says what to do. */
export type Diagnosis =
  | { readonly state: 'ok'; readonly area: Area; readonly found: string }
  | {
      readonly state: 'warning' | 'wrong'
      readonly area: Area
      readonly found: string
      readonly remedy: string
    }

export const ok = (area: Area, found: string): Diagnosis => ({ state: 'ok', area, found })

export const warning = (area: Area, found: string, remedy: string): Diagnosis => ({
  ...{ state: 'warning', area, found, remedy },
})

export const wrong = (area: Area, found: string, remedy: string): Diagnosis => ({
  ...{ state: 'wrong', area, found, remedy },
})

/** What an error says, printable. */
export const messageOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return jsonEscaped((error instanceof Error ? error.message : String(error)) + cause)
}

/** The user by number, as messages about rights name it; undefined where there are none. */
export const userId = (): number | undefined => process.getuid?.()

/**
 * `wrong    input     …`, and below it what to do.
 *
 * @param columns of the terminal; undefined: lines are not broken
 */
export const diagnosisText = (diagnosis: Diagnosis, columns?: number): string => {
  const head = `${diagnosis.state.padEnd(8)} ${diagnosis.area.padEnd(9)} `
  const margin = ' '.repeat(head.length)
  const width = Math.max(diagnosisWidthMin, (columns ?? Infinity) - head.length)
  const broken = (text: string): string[] => text.split('\n').flatMap(line => wrapped(line.split(' '), width))
  const todo = 'remedy' in diagnosis ? broken(`-> ${diagnosis.remedy}`) : []
  return `${head}${[...broken(diagnosis.found), ...todo].join(`\n${margin}`)}\n`
}

/** The same as a JSON line. */
export const diagnosisJson = (diagnosis: Diagnosis): string => toJsonLine({ ...diagnosis })
