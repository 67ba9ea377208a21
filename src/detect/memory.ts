/**
 * The memory of detectors. A detector that looks at more than one question keeps a small state for each key (a client, a
 * domain). The store writes the states in the transaction of the questions that changed them, so a crash neither forgets a
 * question nor counts it twice.
 */
import type * as z from 'zod'

/** What one detector remembers. */
export interface Remembering<State> {
  /** Its name in the store, which no other detector has. */
  readonly detector: string
  /** Keys that are remembered. Of more, those that changed longest ago are forgotten. */
  readonly keysMax: number
  /** How long a key is remembered after its last change, in ms by the clock. */
  readonly keptMs: number
  /** The form of a state, which is stored as JSON. A stored state of another form counts as none. */
  readonly state: z.ZodType<State>
}

/** A state to be stored. */
export interface Remembered extends Pick<Remembering<unknown>, 'detector' | 'keysMax' | 'keptMs'> {
  readonly key: string
  /** As JSON. */
  readonly state: string
}

/** Reads the stored state of a key, as JSON; undefined if there is none. */
export type Recall = (detector: string, key: string) => string | undefined

interface Entry {
  readonly of: Pick<Remembering<unknown>, 'detector' | 'keysMax' | 'keptMs'>
  readonly key: string
  state: unknown
  isChanged: boolean
}

/** The states that one transaction reads and changes. */
export class Memory {
  readonly #recall: Recall
  readonly #entries = new Map<string, Entry>()

  constructor(recall: Recall) {
    this.#recall = recall
  }

  /** The state of a key; undefined if nothing is remembered of it. */
  get<State>(of: Remembering<State>, key: string): State | undefined {
    const id = idOf(of, key)
    const found = this.#entries.get(id)
    // `put` took the state from the same detector, or the lines below have checked it.
    if (found) return found.state as State | undefined
    const state = parsed(of.state, this.#recall(of.detector, key))
    this.#entries.set(id, { of, key, state, isChanged: false })
    return state
  }

  put<State>(of: Remembering<State>, key: string, state: State): void {
    this.#entries.set(idOf(of, key), { of, key, state, isChanged: true })
  }

  /** What is to be stored. */
  changed(): Remembered[] {
    const changed: Remembered[] = []
    for (const { of, key, state, isChanged } of this.#entries.values()) {
      const { detector, keysMax, keptMs } = of
      if (isChanged) changed.push({ detector, keysMax, keptMs, key, state: JSON.stringify(state) })
    }
    return changed
  }
}

const idOf = ({ detector }: Pick<Remembering<unknown>, 'detector'>, key: string): string =>
  `${detector}\n${key}`

const parsed = <State>(form: z.ZodType<State>, text: string | undefined): State | undefined => {
  if (text === undefined) return undefined
  try {
    return form.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
