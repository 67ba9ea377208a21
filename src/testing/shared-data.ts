/** Finds the larger test data in ../shared/data, beside the checkout. CI must have it; elsewhere it may be missing. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { env } from 'node:process'
import type { Test } from 'tap'

/**
 * The absolute path of a file or folder of the test data. If it is missing, the test fails in CI; elsewhere it is reported
 * as skipped, and the result is undefined.
 */
export const sharedData = (t: Test, path: string): string | undefined => {
  const found = resolve('..', 'shared', 'data', path)
  if (existsSync(found)) return found
  if (env['CI']) t.fail(`CI needs ../shared/data/${path}`)
  else t.comment(`skipped: ../shared/data/${path} is not here`)
  return undefined
}
