/** The copy of IANA's bootstrap file in the store, which a restart uses. */
import * as z from 'zod'
import type { Store } from '../store/store.js'

const key = 'rdap-bootstrap'

const copy = z.object({
  body: z.string(),
  /** Epoch ms. */
  expires: z.number(),
  etag: z.string().optional(),
})

interface Copy {
  readonly body: string
  readonly expires: number
  readonly etag: string | undefined
}

export const bootstrapIn = (store: Pick<Store, 'meta' | 'putMeta'>) => ({
  saved: (): Copy | undefined => {
    const text = store.meta(key)
    if (text === undefined) return undefined
    const { body, expires, etag } = copy.parse(JSON.parse(text))
    return { body, expires, etag }
  },
  save: (fetched: Copy): void => store.putMeta(key, JSON.stringify(fetched)),
})
