/** The shapes of the original's answers, for `/openapi.json` and for those who check us. */
import { z } from 'zod'

const httpDate = z.string().describe('An HTTP date, in GMT.')
const word = (...words: readonly [string, ...string[]]) => z.enum(words)

export const originalAnswer = z.object({
  alerts: z.array(z.string()),
  category: word('NEW', 'ESTABLISHED', 'UNKNOWN', 'ERROR'),
  freq_score: z.union([z.tuple([z.number(), z.number()]), word('disabled', 'ERROR')]),
  seen_by_isc: z
    .string()
    .describe('Who told the date, or when the ISC saw the domain first; UNKNOWN or ERROR.'),
  seen_by_web: z.union([word('UNKNOWN', 'ERROR'), httpDate]).describe('When it was registered.'),
  seen_by_you: z.union([word('UNKNOWN', 'ERROR'), httpDate]).describe('When it was contacted first.'),
})

export const originalStats = z.object({
  hit: z.int().describe('Questions answered without a look-up.'),
  miss: z.int(),
  rdap_fail: z.int(),
  rdap_good: z.int(),
  size: z.int().describe('Domains in the store.'),
  warnings: z.array(z.string()),
})

export const text = z.object({ text: z.string() })

export const originalRow = z.object({
  cache_expires: httpDate.nullable(),
  cache_value: originalAnswer,
  domain: z.string(),
})

export const originalPage = z.array(z.union([z.object({ next: z.url() }), originalRow]))
export const originalRowOrText = z.union([originalRow, text])
export const unicodeOrText = z.union([z.string(), text])
export const failure = z.object({ error: z.string() })
