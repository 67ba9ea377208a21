/** What the settings of TLS demand of each other. */
import type * as z from 'zod'

/** A certificate of ours needs its key, and the other way round. */
export const checkCertificate = (
  { cert_file, key_file }: Readonly<Record<'cert_file' | 'key_file', string | undefined>>,
  context: z.RefinementCtx,
): void => {
  if ((cert_file === undefined) === (key_file === undefined)) return
  const path = [cert_file === undefined ? 'cert_file' : 'key_file']
  context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path })
}
