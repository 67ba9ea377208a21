/** What `domainstats doctor` finds, and how it is shown. */
import process from 'node:process'
import { jsonEscaped, toJsonLine } from '../../output/json.js'

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

/** `wrong    input     …`, and below it what to do. */
export const diagnosisText = (diagnosis: Diagnosis): string => {
  const head = `${diagnosis.state.padEnd(8)} ${diagnosis.area.padEnd(9)}`
  const lines = diagnosis.found.split('\n').join(`\n${' '.repeat(head.length + 1)}`)
  return 'remedy' in diagnosis
    ? `${head} ${lines}\n${' '.repeat(head.length)} -> ${diagnosis.remedy}\n`
    : `${head} ${lines}\n`
}

/** The same as a JSON line. */
export const diagnosisJson = (diagnosis: Diagnosis): string => toJsonLine({ ...diagnosis })
