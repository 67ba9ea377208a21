/** `domainstats query`: what is known of names, as one JSON line each. */
import { setMaxListeners } from 'node:events'
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { typed } from '../http/typed.js'
import { queryNamesAtOnce } from '../limits.js'
import { openQuery } from '../query.js'
import type { Io } from './io.js'
import { openLog } from './log.js'
import { openWorld } from './world.js'
import { namesIn } from './query-names.js'
import { writeAll } from './write-all.js'

export interface QueryFlags {
  /** `-` alone for names on stdin, one a line. */
  readonly names: readonly string[] | AsyncIterable<string>
  /** The data folder; without one nothing is remembered, and nothing is a contact. */
  readonly data: string | undefined
  readonly peek: boolean
}

/** @throws Error if the store cannot be opened, or the program is told to stop before all are answered */
export const query = async ({ names, data, peek }: QueryFlags, io: Io): Promise<void> => {
  const dir = data === undefined ? undefined : resolve(data)
  const { config } = await loadConfig(dir)
  // Every look-up under way listens to it.
  setMaxListeners(0, io.signal)
  const { ask, close } = await openQuery(
    { config, dir, peek },
    openWorld(io, openLog(io.stderr, 'warn')),
    io.signal,
  )
  try {
    for await (const some of together(isStdin(names) ? namesIn(io.stdin) : names)) {
      const answers = await ask(some)
      const lines = answers.map((answer, at) => `${JSON.stringify(typed(some[at] ?? '', answer))}\n`)
      await writeAll(io.stdout, lines, io.signal)
    }
  } finally {
    await close()
  }
}

const isStdin = (names: QueryFlags['names']): boolean =>
  Array.isArray(names) && names.length === 1 && names[0] === '-'

/** As many as are asked for at once. */
async function* together(names: QueryFlags['names']): AsyncGenerator<readonly string[]> {
  let some: string[] = []
  for await (const name of names) {
    some.push(name)
    if (some.length < queryNamesAtOnce) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
