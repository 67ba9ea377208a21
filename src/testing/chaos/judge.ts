/** Compares the records that were written with those that the model demands. */
import type { Names } from './lines.js'
import type { Model } from './model.js'
import type { OutputFile } from './output.js'

interface RecordLine {
  readonly query: string
  readonly record_id: string
  /** Undefined for a record that is not a follow-up. */
  readonly followup_of: string | undefined
  readonly domain: string
  readonly category: string
  readonly alerts: readonly string[]
}

interface Found extends RecordLine {
  readonly file: OutputFile
}

/**
 * The faults, one line each. `contacts`: domains without a first contact, or with several. `astray`: follow-ups without a
 * first record, or with nothing new. `unfollowed`: PENDING records whose follow-up is neither written nor due. `unsent`:
 * records in the log that were neither sent to the sink nor reported as dropped.
 */
export type Judgement = Readonly<
  Record<'lost' | 'twice' | 'malformed' | 'contacts' | 'astray' | 'unfollowed' | 'unsent', readonly string[]>
>

/** The records that the sink got, and the number reported as dropped. */
interface Sent {
  readonly ids: ReadonlySet<string>
  readonly dropped: number
}

export class Judge {
  readonly #model: Model
  readonly #names: Names
  /** By question: its records and their follow-ups. */
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

  /** @param owed the ids of records whose follow-up is still due */
  #unfollowed(owed: ReadonlySet<string>): string[] {
    return [...this.#firsts].flatMap(([question, firsts]) =>
      firsts
        .filter(({ category }) => category === 'PENDING')
        .filter(({ record_id: id }) => !owed.has(id))
        .filter(({ record_id: id }) => !this.#followups.get(question)?.some(isOf => isOf.followup_of === id))
        .map(({ record_id: id }) => `n${question} ${id.slice(0, 8)}`),
    )
  }

  /** The number of records written without an answer, and the number of their follow-ups. */
  get followups() {
    const open = [...this.#firsts.values()].filter(([first]) => first && isOpen(first)).length
    return { unanswered: open, 'follow-ups': this.#followups.size }
  }

  #unsent({ ids, dropped }: Sent): string[] {
    const missing = [...this.#ids.keys()].filter(id => !ids.has(id))
    return missing.length > dropped ? missing.map(id => id.slice(0, 8)) : []
  }

  /**
   * @param faults messages about the output files
   * @param owed the ids of records whose follow-up is still due
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

/** Several records of one question: with different ids, or twice in existing files. */
const isTwice = (found: readonly Found[]): boolean =>
  new Set(found.map(({ record_id: id }) => id)).size > 1 ||
  found.filter(({ file }) => !file.isDeleted).length > 1

/** The record was written before its registry had answered. */
const isOpen = ({ category }: RecordLine): boolean => category === 'PENDING' || category === 'ERROR'

/** Whether a follow-up has a result, and repeats no alert of its first record. */
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
