/** Compares the records with the model. */
import type { Names } from './lines.js'
import type { Model } from './model.js'
import type { OutputFile } from './output.js'

interface RecordLine {
  readonly query: string
  readonly record_id: string
  /** Undefined for a first record. */
  readonly followup_of: string | undefined
  readonly domain: string
  readonly category: string
  readonly alerts: readonly string[]
}

interface Found extends RecordLine {
  readonly file: OutputFile
}

/**
 * What is wrong, a line each; all empty where nothing is. `contacts`: domains with no first contact, or with several.
 * `astray`: records that follow up none, or say nothing new. `unfollowed`: PENDING, with a follow-up neither written nor
 * owed. `unsent`: in the log, and neither sent to the sink nor told as dropped.
 */
export type Judgement = Readonly<
  Record<'lost' | 'twice' | 'malformed' | 'contacts' | 'astray' | 'unfollowed' | 'unsent', readonly string[]>
>

/** What the sink got, and how many records it was told not to get. */
interface Sent {
  readonly ids: ReadonlySet<string>
  readonly dropped: number
}

export class Judge {
  readonly #model: Model
  readonly #names: Names
  /** By question: its first records, and those that follow them up. */
  readonly #firsts = new Map<number, Found[]>()
  readonly #followups = new Map<number, Found[]>()
  /** By id: the question. */
  readonly #ids = new Map<string, number>()
  readonly #sharedIds: string[] = []
  /** By domain: the ids that were its first contact. */
  readonly #contacts = new Map<string, Set<string>>()
  readonly #malformed: string[] = []

  constructor(model: Model, names: Names) {
    this.#model = model
    this.#names = names
  }

  take(line: string, file: OutputFile): void {
    const record = recordIn(line)
    const { query, record_id: id, domain, alerts } = record
    const isFollowup = record.followup_of !== undefined
    const { questionOf, domainOf } = this.#names
    const question = questionOf(query)
    const isSound = id.length === 32 && question !== undefined && domain === domainOf(question)
    if (!isSound || !this.#model.isKnown(question)) {
      this.#malformed.push(line)
      return
    }
    const byQuestion = isFollowup ? this.#followups : this.#firsts
    byQuestion.set(question, [...(byQuestion.get(question) ?? []), { ...record, file }])
    if ((this.#ids.get(id) ?? question) !== question) this.#sharedIds.push(`id ${id}`)
    this.#ids.set(id, question)
    if (!isFollowup) this.#model.reported(question)
    if (alerts.includes('YOUR-FIRST-CONTACT'))
      this.#contacts.set(domain, (this.#contacts.get(domain) ?? new Set()).add(id))
  }

  #repeated(): string[] {
    return [...this.#firsts, ...this.#followups]
      .filter(([, found]) => isTwice(found))
      .map(
        ([question, found]) => `n${question} ${found.map(({ record_id: id }) => id.slice(0, 8)).join(' ')}`,
      )
  }

  #astray(): string[] {
    return [...this.#followups].flatMap(([question, followups]) =>
      followups
        .filter(followup => !this.#firsts.get(question)?.some(first => doesFollow(followup, first)))
        .map(({ record_id: id, category }) => `n${question} ${id.slice(0, 8)} ${category}`),
    )
  }

  /** @param owed the ids of the records that are owed a follow-up still */
  #unfollowed(owed: ReadonlySet<string>): string[] {
    return [...this.#firsts].flatMap(([question, firsts]) =>
      firsts
        .filter(({ category }) => category === 'PENDING')
        .filter(({ record_id: id }) => !owed.has(id))
        .filter(({ record_id: id }) => !this.#followups.get(question)?.some(isOf => isOf.followup_of === id))
        .map(({ record_id: id }) => `n${question} ${id.slice(0, 8)}`),
    )
  }

  /** How many records were written without an answer, and how many of them were followed up. */
  get followups() {
    const open = [...this.#firsts.values()].filter(([first]) => first && isOpen(first)).length
    return { unanswered: open, 'follow-ups': this.#followups.size }
  }

  #unsent({ ids, dropped }: Sent): string[] {
    const missing = [...this.#ids.keys()].filter(id => !ids.has(id))
    return missing.length > dropped ? missing.map(id => id.slice(0, 8)) : []
  }

  /**
   * @param faults of the output files, in words
   * @param owed the ids of the records that are owed a follow-up still
   */
  judge(faults: readonly string[], owed: ReadonlySet<string>, sent: Sent): Judgement {
    const asked = new Set(this.#model.must.map(this.#names.domainOf))
    const contacts = [...new Set([...asked, ...this.#contacts.keys()])].map(domain => ({
      domain,
      count: this.#contacts.get(domain)?.size ?? 0,
    }))
    return {
      lost: [...this.#model.waiting].map(question => `n${question}`),
      twice: [...this.#sharedIds, ...this.#repeated()],
      malformed: [...this.#malformed, ...faults],
      contacts: contacts
        .filter(({ count }) => count !== 1)
        .map(({ domain, count }) => `${domain}: ${count} first contacts`),
      astray: this.#astray(),
      unfollowed: this.#unfollowed(owed),
      unsent: this.#unsent(sent),
    }
  }
}

/** With other ids, or twice in files that are there. */
const isTwice = (found: readonly Found[]): boolean =>
  new Set(found.map(({ record_id: id }) => id)).size > 1 ||
  found.filter(({ file }) => !file.isDeleted).length > 1

/** The registry was asked, and has not answered. */
const isOpen = ({ category }: RecordLine): boolean => category === 'PENDING' || category === 'ERROR'

/** What is known now, with no alert of the first record again. */
const doesFollow = (followup: RecordLine, first: RecordLine): boolean =>
  followup.followup_of === first.record_id &&
  isOpen(first) &&
  !isOpen(followup) &&
  !followup.alerts.some(alert => first.alerts.includes(alert))

const nothing: RecordLine = {
  query: '',
  record_id: '',
  followup_of: undefined,
  domain: '',
  category: '',
  alerts: [],
}

const recordIn = (line: string): RecordLine => {
  try {
    return { ...nothing, ...(JSON.parse(line) as Partial<RecordLine>) }
  } catch {
    return nothing
  }
}
