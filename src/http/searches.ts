/**
 * Runs searches of passive DNS for HTTP clients, a page at a time, in the thread and on the connection of the loop that
 * follows the logs. All searches together read one page in a turn of the event loop, so the logs wait for one page, however
 * long a search takes and however many there are. Measured with a million names: a page takes 1 ms for a word
 * or an expression, 5 for addresses, and at most 43; four clients that read all addresses without a pause slow the reading of
 * logs down by a quarter, as one does. A thread of its own would win that quarter, for a second copy of the database's cache.
 */
import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { httpSearchesMax, httpSearchMs } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'

/** Why a search ended. `enough`: the receiver wanted no more; `limit`: there are more rows; `left`: the client has gone. */
export type SearchEnd = 'whole' | 'enough' | 'limit' | 'time' | 'left'

export interface Search<Row> {
  readonly pages: Iterable<readonly Row[]>
  /** Rows to be skipped. */
  readonly offset: number
  readonly limit: number
  /** Takes rows; false if it wants no more. The next page waits for it. */
  readonly take: (rows: readonly Row[]) => boolean | Promise<boolean>
}

export interface Searches {
  /** Does work that counts as a search. Undefined where too many are under way. */
  readonly counted: <T>(work: () => Promise<T>) => Promise<T> | undefined
  /**
   * Runs a search to its end; a client that leaves ends it. Undefined where too many are under way. Rejects if the store
   * fails, or when the program ends; `take` is not called before the next turn of the event loop.
   */
  readonly run: <Row>(response: ServerResponse, search: Search<Row>) => Promise<SearchEnd> | undefined
}

interface Options {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly signal: AbortSignal
  readonly searchesMax?: number
}

export const createSearches = (options: Options): Searches => {
  const { clock, telemetry, signal, searchesMax = httpSearchesMax } = options
  let underWay = 0
  let lastTurn = Promise.resolve()
  /** Resolves in a turn of the event loop that no other search has. */
  const turn = (): Promise<void> => (lastTurn = lastTurn.then(() => setImmediate()))

  /** Cuts off a client that does not read until long after its search should have ended. */
  const cutOff = (response: ServerResponse): AbortController => {
    const ended = new AbortController()
    void clock.sleep(2 * httpSearchMs, ended.signal).then(() => {
      if (!ended.signal.aborted) response.destroy()
    })
    return ended
  }

  const drive = async <Row>(response: ServerResponse, search: Search<Row>): Promise<SearchEnd> => {
    const until = clock.now() + httpSearchMs
    let { offset, limit } = search
    await turn()
    for (const page of search.pages) {
      signal.throwIfAborted()
      if (response.destroyed) return 'left'
      const rows = page.slice(offset, offset + limit)
      const isMore = page.length > offset + limit
      offset = Math.max(0, offset - page.length)
      limit -= rows.length
      if (rows.length > 0 && !(await search.take(rows))) return 'enough'
      if (isMore) return 'limit'
      if (clock.now() > until) return 'time'
      await turn()
    }
    return 'whole'
  }

  const counted: Searches['counted'] = work => {
    if (underWay >= searchesMax) {
      telemetry({ kind: 'limit-reached', limit: 'httpSearchesMax', count: 1 })
      return undefined
    }
    underWay += 1
    return work().finally(() => (underWay -= 1))
  }

  return {
    counted,
    run: (response, search) =>
      counted(() => {
        const ended = cutOff(response)
        return drive(response, search).finally(() => ended.abort())
      }),
  }
}

/** Writes text, and waits until a slow client has taken what was written before, or has gone. */
export const writeSlowly = (response: ServerResponse, text: string): Promise<void> =>
  new Promise(resolve => {
    if (response.destroyed || response.write(text)) {
      resolve()
      return
    }
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
