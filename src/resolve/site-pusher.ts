/**
 * Pushes what this sensor has counted to the site, in the background: of the names that were touched lately, and at the start and
 * now and then of all those in the store of which the site does not know all. While the shared store is away, nothing is done: the
 * rows of the names keep what is to be pushed.
 */
import { countsAtOnce, countsPushMs, countsRestMs, countsSweepMs } from '../limits.js'
import { inParts } from '../shared/in-parts.js'
import type { Store } from '../store/store.js'
import type { Touched } from '../store/touched.js'
import type { Clock } from '../time/clock.js'

/** What the site does not know yet. */
export interface OwedSum {
  /** What the site knows of earlier rows; undefined: it is to be asked. */
  readonly base: number | undefined
}

/** How one kind of sums is read, sent and noted. */
export interface PushedKind<Owed extends OwedSum, Pushed> {
  readonly isAway: () => boolean
  readonly touched: Touched
  /** Key in meta: when the site knew all, epoch ms. */
  readonly pushedKey: string
  /** What is owed of these names, and the names of which there may be more. */
  readonly owed: (names: Iterable<string>) => {
    readonly owed: readonly Owed[]
    readonly left: readonly string[]
  }
  /** Searches the rows behind a number for names; `next` is undefined behind the last row. */
  readonly search: (after: number) => { readonly names: readonly string[]; readonly next: number | undefined }
  readonly nameOf: (owed: Owed) => string
  /** False: the settings skip it, and nobody is told of it. */
  readonly mayLeave: (owed: Owed) => boolean
  /** Called before anything is pushed. @returns false if the shared store did not answer */
  readonly begin: (signal: AbortSignal) => Promise<boolean>
  /** What the site knows already, in order; undefined without an answer. */
  readonly askBase: (owed: readonly Owed[], signal: AbortSignal) => Promise<readonly (number | undefined)[]>
  /** Sends each with its base. @returns in order; undefined for one that is to be pushed again */
  readonly send: (owed: readonly Owed[]) => Promise<readonly (boolean | undefined)[]>
  /** What is noted once the site knows it, or needs not know it. */
  readonly toPushed: (owed: Owed) => Pushed
  /** What is noted of one of which nothing was pushed in its present row. */
  readonly toBased: (owed: Owed, base: number) => Pushed
}

export interface SitePusherOptions<Pushed> {
  readonly store: Pick<Store, 'putMeta'>
  /** Stores what was pushed. */
  readonly record: (pushed: readonly Pushed[], signal: AbortSignal) => Promise<unknown>
  /** Does work with the store, again while the disk is full or the database is locked. */
  readonly insist: (work: () => Promise<void>, signal: AbortSignal) => Promise<unknown>
  readonly clock: Clock
}

/** What the site answered to sums. */
export interface PushAnswer {
  /** Those that it knows now. */
  readonly pushed: number
  /** Those for which it has no room. */
  readonly refused: number
}

type OnAnswer = (answered: PushAnswer) => void

export class SitePusher<Owed extends OwedSum = OwedSum, Pushed = unknown> {
  readonly #kind: PushedKind<Owed, Pushed>
  readonly #options: SitePusherOptions<Pushed>
  /** The row behind which the store is still to be searched; undefined: the search is done. */
  #searchBehind: number | undefined = 0
  #searchedAt = -Infinity

  constructor(kind: PushedKind<Owed, Pushed>, options: SitePusherOptions<Pushed>) {
    this.#kind = kind
    this.#options = options
  }

  /** Names that wait to be pushed, as far as they are known: the search of the store may find more. */
  waiting(): number {
    return this.#kind.touched.count()
  }

  /** Since when the oldest of them waits, epoch ms. */
  oldest(): number | undefined {
    return this.#kind.touched.oldest()
  }

  /** Pushes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#kind.touched.watch()
    while (!signal.aborted) {
      if (!this.#kind.isAway()) await this.push(signal)
      await this.#options.clock.sleep(countsPushMs, signal)
    }
  }

  /**
   * Pushes all that the site does not know.
   *
   * @param onAnswer called with what the site answered since the last call
   * @returns false if the shared store did not take all: the next push goes on there
   */
  async push(signal: AbortSignal, onAnswer: OnAnswer = () => undefined): Promise<boolean> {
    const { touched, pushedKey, begin } = this.#kind
    const { store, insist, clock } = this.#options
    // Else what the store does not take of a search is forgotten, and the next push has nothing to push.
    touched.watch()
    const begun = clock.now()
    if (!(await begin(signal))) return false
    let isWhole = true
    for (let left = touched.count(); left > 0 && !this.#isOver(signal); left -= countsAtOnce)
      isWhole =
        (await this.#pushSome(touched.take(Math.min(left, countsAtOnce)), onAnswer, signal)) && isWhole
    isWhole = (await this.#search(onAnswer, signal)) && isWhole
    if (this.#isOver(signal) || !isWhole) return false
    await insist(() => {
      store.putMeta(pushedKey, String(begun))
      return Promise.resolve()
    }, signal)
    return true
  }

  #isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#kind.isAway()
  }

  /** Pushes what a search of the store finds, if one is due. */
  async #search(onAnswer: OnAnswer, signal: AbortSignal): Promise<boolean> {
    const { touched, search } = this.#kind
    const { clock } = this.#options
    const isOld = Math.abs(clock.now() - this.#searchedAt) >= countsSweepMs
    if (this.#searchBehind === undefined && (touched.takeOverflown() || isOld)) this.#searchBehind = 0
    let isWhole = true
    while (this.#searchBehind !== undefined && !this.#isOver(signal)) {
      const { names, next } = search(this.#searchBehind)
      const found = names.map(name => [name, clock.now()] as const)
      for (const some of inParts(found, countsAtOnce))
        isWhole = (await this.#pushSome(some, onAnswer, signal)) && isWhole
      if (found.length === 0) await clock.sleep(1, signal)
      this.#searchedAt = clock.now()
      // What an outage cut off is found again.
      if (!this.#kind.isAway()) this.#searchBehind = next
    }
    return isWhole
  }

  /** @returns whether all of them are known to the site now */
  async #pushSome(
    names: readonly (readonly [name: string, since: number])[],
    onAnswer: OnAnswer,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { touched } = this.#kind
    const sinceOf = new Map(names)
    const open = new Set<string>()
    for (let rest: readonly string[] = [...sinceOf.keys()]; rest.length > 0;) {
      const { unanswered, left, done } = await this.#pushOnce(rest, onAnswer, signal)
      for (const name of unanswered) open.add(name)
      // A name that fills what is read at once, and gets no answer, must not hold up those behind it.
      rest = done > 0 ? left : left.filter(name => !open.has(name))
      await this.#options.clock.sleep(countsRestMs, signal)
      if (!this.#isOver(signal)) continue
      for (const name of rest) open.add(name)
      break
    }
    for (const name of open) touched.note(name, sinceOf.get(name) ?? this.#options.clock.now())
    return open.size === 0
  }

  /** Pushes as much of the names as is read at once. */
  async #pushOnce(names: readonly string[], onAnswer: OnAnswer, signal: AbortSignal) {
    const { nameOf, mayLeave, toPushed, send } = this.#kind
    const { owed, left } = await this.#withBases(names, signal)
    const shared = owed.filter(one => mayLeave(one) && one.base !== undefined)
    const answers = shared.length === 0 ? [] : await send(shared)
    // One that found no room is not pushed again until it changes.
    const taken = shared.filter((_, at) => answers[at] !== undefined)
    const refused = answers.filter(answer => answer === false).length
    // Sums are pushed whole: one that is skipped now comes with the first push after the settings have changed.
    const skipped = owed.filter(one => !mayLeave(one))
    const pushed = [...taken, ...skipped].map(toPushed)
    if (pushed.length > 0) await this.#options.record(pushed, signal)
    onAnswer({ pushed: taken.length - refused, refused })
    const done = new Set([...taken, ...skipped])
    const unanswered = owed.filter(one => !done.has(one)).map(nameOf)
    return { unanswered, left, done: done.size }
  }

  /**
   * What is owed, with the bases. The site is asked for those that may have had a row before, and what it says is stored before
   * anything is added to it, and read again: another process of this sensor may have asked before, and pushed already.
   */
  async #withBases(names: readonly string[], signal: AbortSignal) {
    const { owed: read, askBase, mayLeave, toBased } = this.#kind
    const first = read(names)
    const returned = first.owed.filter(one => one.base === undefined && mayLeave(one))
    if (returned.length === 0) return first
    const answers = await askBase(returned, signal)
    const based = returned.flatMap((one, at) => {
      const base = answers[at]
      return base === undefined ? [] : [toBased(one, base)]
    })
    if (based.length === 0) return first
    await this.#options.record(based, signal)
    return read(names)
  }
}
