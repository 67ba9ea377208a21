/** Compares the records with the model. */
import { domainOf, questionOf } from './lines.js'
import type { Model } from './model.js'
import type { OutputFile } from './output.js'

interface Found {
  readonly id: string
  readonly file: OutputFile
}

/** What is wrong, a line each; all empty where nothing is. `contacts`: domains with no first contact, or with several. */
export type Judgement = Readonly<Record<'lost' | 'twice' | 'malformed' | 'contacts', readonly string[]>>

export class Judge {
  readonly #model: Model
  readonly #found = new Map<number, Found[]>()
  /** By id: the question. */
  readonly #ids = new Map<string, number>()
  readonly #sharedIds: string[] = []
  /** By domain: the ids that were its first contact. */
  readonly #contacts = new Map<string, Set<string>>()
  readonly #malformed: string[] = []

  constructor(model: Model) {
    this.#model = model
  }

  take(line: string, file: OutputFile): void {
    const { query, id, domain, alerts } = recordIn(line)
    const question = questionOf(query)
    const isSound = id.length === 32 && question !== undefined && domain === domainOf(question)
    if (!isSound || !this.#model.isKnown(question)) {
      this.#malformed.push(line)
      return
    }
    const found = this.#found.get(question)
    if (found) found.push({ id, file })
    else this.#found.set(question, [{ id, file }])
    if ((this.#ids.get(id) ?? question) !== question) this.#sharedIds.push(`id ${id}`)
    this.#ids.set(id, question)
    this.#model.reported(question)
    if (alerts.includes('YOUR-FIRST-CONTACT'))
      this.#contacts.set(domain, (this.#contacts.get(domain) ?? new Set()).add(id))
  }

  #repeated(): string[] {
    return [...this.#found]
      .filter(([, found]) => isTwice(found))
      .map(([question, found]) => `n${question} ${found.map(({ id }) => id.slice(0, 8)).join(' ')}`)
  }

  /** @param torn what was begun in the output and never became a line */
  judge(torn: readonly string[]): Judgement {
    const asked = new Set(this.#model.must.map(domainOf))
    const contacts = [...new Set([...asked, ...this.#contacts.keys()])].map(domain => ({
      domain,
      count: this.#contacts.get(domain)?.size ?? 0,
    }))
    return {
      lost: [...this.#model.waiting].map(question => `n${question}`),
      twice: [...this.#sharedIds, ...this.#repeated()],
      malformed: [...this.#malformed, ...torn.map(text => `no newline: ${text}`)],
      contacts: contacts
        .filter(({ count }) => count !== 1)
        .map(({ domain, count }) => `${domain}: ${count} first contacts`),
    }
  }
}

/** With other ids, or twice in files that are there. */
const isTwice = (found: readonly Found[]): boolean =>
  new Set(found.map(({ id }) => id)).size > 1 || found.filter(({ file }) => !file.isDeleted).length > 1

const nothing = { query: '', id: '', domain: '', alerts: [] as readonly string[] }

const recordIn = (line: string): typeof nothing => {
  try {
    const record = JSON.parse(line) as Partial<typeof nothing>
    return { ...nothing, ...record }
  } catch {
    return nothing
  }
}
