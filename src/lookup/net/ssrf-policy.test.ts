import t from 'tap'
import { isPublicHttps, isAllowedHop } from './addresses.js'

void t.test('only https URLs with a public host name are public', t => {
  const table: [url: string, allowed: boolean][] = [
    ['https://rdap.example.com/', true],
    ['https://rdap.example.com:8443/x/', true],
    ['http://rdap.example.com/', false],
    ['ftp://rdap.example.com/', false],
    ['file:///etc/passwd', false],
    ['https://user:pass@rdap.example.com/', false],
    ['https://127.0.0.1/', false],
    ['https://2130706433/', false],
    ['https://0x7f.1/', false],
    ['https://127.0.0.1./', false],
    ['https://10.0.0.1/', false],
    ['https://169.254.169.254/latest/', false],
    ['https://192.168.1.1/', false],
    ['https://8.8.8.8/', false], // public, but no registry is reached like that
    ['https://[::1]/', false],
    ['https://[::ffff:127.0.0.1]/', false],
    ['https://[fd00::1]/', false],
    ['https://localhost/', false],
    ['https://localhost./', false],
    ['https://LOCALHOST:8080/', false],
    ['https://x.localhost/', false],
    ['https://router/', false],
  ]
  for (const [url, allowed] of table) t.equal(isPublicHttps(new URL(url)), allowed, url)
  t.end()
})

void t.test('a configured URL may be anything, but allows no other host', t => {
  const byHand = new URL('http://10.1.2.3:8080/rdap/')
  const table: [url: string, byHand: URL | undefined, allowed: boolean][] = [
    ['http://10.1.2.3:8080/rdap/domain/a.com', byHand, true],
    ['https://10.1.2.3:8080/rdap/domain/a.com', byHand, true],
    ['https://10.1.2.3/', new URL('http://10.1.2.3/'), true],
    ['https://rdap.example.com/', new URL('http://rdap.example.com/'), true],
    ['http://10.1.2.3:8081/', byHand, false],
    ['http://10.1.2.3/', byHand, false],
    ['https://10.1.2.3/', byHand, false],
    ['https://rdap.example.com/', byHand, true],
    ['http://rdap.example.com/', byHand, false],
    ['https://10.1.2.4/', byHand, false],
    ['ftp://10.1.2.3/', byHand, false],
    ['http://rdap.lan.example/', new URL('https://rdap.lan.example/'), false],
    ['http://10.1.2.3:8080/', undefined, false],
  ]
  for (const [url, hand, allowed] of table) t.equal(isAllowedHop(new URL(url), hand), allowed, url)
  t.end()
})
