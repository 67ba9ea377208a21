/** `domainstats query`: answers for names, one JSON line each. */
import { setMaxListeners } from 'node:events'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { loadConfig } from '../config/load.js'
import { openQuery } from '../daemon/query-session.js'
import { linesOf } from '../files/files.js'
import { typed } from '../http/v1.js'
import { importLineBytesMax, queryNamesAtOnce } from '../limits.js'
import type { NameAnswer } from '../model/record.js'
import { readPasted } from '../names/pasted.js'
import { jsonEscaped, toJsonLine } from '../output/json.js'
import { aloneTo, mayAskOutside, mayBeAsked, notAsked, wentTo, willAsk } from './outside.js'
import { demandFolder } from './data-folder.js'
import { stdinOf, type Io, endOf, writeAll } from './io.js'
import { openLog } from './log.js'
import { openWorld } from './world.js'

/** A comment, to the end of the line. A blank before it distinguishes it from the `#` of a URL. */
const comment = /(?:^|\s)#.*$/

/**
 * Yields the names in a text, one a line, without empty lines and comments (`#`).
 *
 * @throws Error for a line that is too long for a name
 */
export async function* namesFrom(chunks: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  const bytes = async function* () {
    for await (const chunk of chunks) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
  }
  for await (const { number, text } of linesOf(bytes(), importLineBytesMax)) {
    if (text === undefined)
      throw new Error(`line ${number} is no name: longer than ${importLineBytesMax} bytes`)
    const name = text.replace(comment, '').trim()
    if (name !== '') yield name
  }
}

export interface QueryFlags {
  /** A single `-`: names from stdin, one a line. */
  readonly names: readonly string[] | AsyncIterable<string>
  /** The data folder; undefined: nothing is stored, and no question counts as a contact. */
  readonly data: string | undefined
  /** No question counts as a contact, and no registry is asked. */
  readonly peek: boolean
  /** Undefined if neither `--lookup` nor `--no-lookup` is given. */
  readonly lookup: boolean | undefined
}

/** @throws UsageError if there is no such folder; Error if the store cannot be opened, or the signal aborts before the end */
export const query = async ({ names, data, peek, lookup }: QueryFlags, io: Io): Promise<void> => {
  const asks = mayAskOutside({ data, peek, lookup })
  const dir = data === undefined ? undefined : resolve(data)
  if (dir !== undefined) await demandFolder(dir)
  const { config } = await loadConfig(dir)
  // Each look-up under way adds a listener.
  setMaxListeners(0, io.signal)
  const world = openWorld(io, openLog(io.stderr, 'warn'))
  const { ask, askSite, close, registriesOf, hostsCount, sent } = await openQuery(
    { config, dir, peek, lookup: asks, onAlone: aloneTo(io) },
    world,
    io.signal,
  )
  const isAsking = asks && config.mode !== 'off'
  let known = 0
  try {
    if (isAsking && Array.isArray(names)) {
      const registries = isStdin(names) ? undefined : registriesOf(meantBy(names))
      if (registries === undefined) io.stderr.write(mayBeAsked(hostsCount(), config))
      else if (registries > 0) io.stderr.write(willAsk(registries))
    }
    for await (const some of together(isStdin(names) ? namesFrom(stdinOf(io)) : names)) {
      const answers = await answersTo(some, ask, io)
      known += answers.filter(({ kind }) => kind === 'known').length
      const ofSite = await askSite(
        answers.flatMap(answer => (answer.kind === 'known' ? [answer.domain] : [])),
      )
      const lines = answers.map((answer, at) => `${toJsonLine(typed(some[at] ?? '', answer, ofSite))}\n`)
      await writeAll(io.stdout, lines, io.signal)
    }
    // If the reader closed the pipe, it wanted no more answers: that is no error.
    if (endOf(io) === 'stopped') throw new Error('stopped before all names were answered')
  } finally {
    await close()
    if (isAsking) io.stderr.write(wentTo(sent.hosts()))
    else if (known > 0 && lookup === undefined && dir === undefined && !peek) io.stderr.write(notAsked)
  }
}

/** Answers a batch of texts. A text that is not a name gets `not-a-hostname`, and stderr says why. */
const answersTo = async (
  texts: readonly string[],
  ask: (names: readonly string[]) => Promise<readonly NameAnswer[]>,
  { stderr }: Io,
): Promise<NameAnswer[]> => {
  const meant = texts.map(readPasted)
  const answers = await ask(meant.flatMap(pasted => (pasted.kind === 'name' ? [pasted.name] : [])))
  const next = answers.values()
  return meant.map((pasted, at): NameAnswer => {
    const answer = pasted.kind === 'name' ? next.next().value : undefined
    if (pasted.kind === 'unclear') stderr.write(`"${jsonEscaped(texts[at] ?? '')}": ${pasted.why}\n`)
    return answer ?? { kind: 'none', reason: 'not-a-hostname' }
  })
}

const meantBy = (texts: readonly string[]): string[] =>
  texts.map(readPasted).flatMap(pasted => (pasted.kind === 'name' ? [pasted.name] : []))

const isStdin = (names: QueryFlags['names']): boolean =>
  Array.isArray(names) && names.length === 1 && names[0] === '-'

/** Groups names into batches of up to queryNamesAtOnce, without waiting for more: a user who types gets each answer at once. */
async function* together(names: QueryFlags['names']): AsyncGenerator<readonly string[]> {
  const each = (async function* () {
    yield* names
  })()
  let some: string[] = []
  for (let next = each.next(); ;) {
    const got = some.length === 0 ? await next : await Promise.race([next, nextTick()])
    if (got?.done !== true && got !== undefined) {
      some.push(got.value)
      next = each.next()
      if (some.length < queryNamesAtOnce) continue
    }
    if (some.length > 0) yield some
    if (got?.done === true) return
    some = []
  }
}

/** Resolves after all names that are already in the stream. */
const nextTick = (): Promise<undefined> => setImmediate(undefined)
