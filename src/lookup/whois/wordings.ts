/**
 * The labels and sentences that country registries write in WHOIS, one row a registry: RFC 3912 leaves them to each. A
 * wording counts for every TLD, since registries move between backends. The rows come from public collections of answers
 * and lists of patterns, named in each row. Pure.
 *
 * 174 TLDs: of 167 the words for a free name, of 154 the label of the date, of 136 that of the expiry.
 * Of the 125 country TLDs with a WHOIS server and without RDAP over https (the list of rfc1036/whois, and IANA's of
 * 2026-03-23) 110 stand here; of the others no answer was found. Of the answers of W for country TLDs 142 of 145 dates
 * are read (.es has years of two digits, .gov.za a form without a label, one of .tr no name) and 174 of 175 free names
 * (.sl says "or private"), none wrongly; of P 110 of 110 and 132 of 142 (the others refuse, or say nothing of it), of
 * L 111 of 111 and 53 of 53, of R 40 of 40 dates.
 */
/**
 * Folds a text for comparison: lower case, no accents on Latin letters, single blanks. Registries write the same word with
 * and without accents, or with HTML entities (.tg).
 */
export const fold = (text: string): string =>
  text
    .toLowerCase()
    .replace(/&([a-z])(?:acute|grave|circ|uml|cedil|tilde);/g, '$1')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/ı/g, 'i')
    .replace(/ł/g, 'l')
    .replace(/\s+/g, ' ')
    .trim()

/** Folds a label. Text in brackets is dropped: it describes the value, as in `(dd/mm/yyyy)`. */
export const labelOf = (text: string): string =>
  fold(text.replace(/\([^()]{0,40}\)/g, ' ').replace(/[-_]/g, ' '))
    .replace(/^(?:\d{1,2}[a-z]?\. )?[*\s]*/, '')
    .replace(/[.\s]+$/, '')

/** Stands for the asked name in a sentence. */
export const it = '<it>'

/**
 * Columns: TLDs | what says that a name is not registered | labels of the registration date (- there is none) |
 * labels of the expiry date | sources. Several wordings stand with a semicolon between them.
 * `(alone)` marks a wording that counts only where the answer holds nothing else: .bo ends each answer with it.
 *
 * Sources, as read in November 2026: F flipbit/whois (samples of 2010 to 2026), J joepie91/python-whois (test/data,
 * 2014), L likexian/whois-parser (testdata, 2019 to 2024), M mboot-github/WhoisDomain (patterns, 2025),
 * N regru/Net-Whois-Raw (patterns, 2024), P io-developer/php-whois (parsing_data, 2017 to 2020),
 * R richardpenman/whois (test/samples), W weppos/whois-parser (spec/fixtures, 2010 to 2019).
 */
const table = `
ac | not found ; domain not found | creation date ; created date | registry expiry date | FLPW
ae om qa | no data found | - | | FPW
af ht iq ms mu na | domain status: no object found | creation date | registry expiry date | FPW
ag bz gi lc mn sc vc | not found | created on ; creation date | expiration date ; registry expiry date | FPW
ai | domain <it> not registred ; domain not found ; domain <it> not registered ; domain status: no object found | creation date | registry expiry date | FLPRW
am | no match | registered | expires | FJPW
ao mk | no entries found | registered | expire | P
aq | | - | | L
ar | el dominio no se encuentra registrado en nic argentina | registered ; created | expire | PR
as | not found | registered on | | FPW
at | nothing found | - | | FJLPRW
au | no data found ; not found | - | | FJLPW
ax | no records matching <it> found | created | | W
be | status: available | registered | | FPW
bg | domain name <it> does not exist in database ; registration status: available | activated on | expires at | FPRW
bi | domain status: no object found | creation date | registry expiry date | FPW
bj | no records matching <it> found ; domain status: no object found | created ; creation date | registry expiry date | FPW
bm | not found | creation date | registry expiry date | P
bn | domain not found | creation date | expiration date | FPW
bo | whois.nic.bo solo acepta consultas con dominios .bo (alone) | fecha de registro | fecha de vencimiento | FPW
br | no match for <it> ; no match for domain <it> | created | expires | FLPRW
bw mz rw zm | domain status: no object found | creation date | registry expiry date | P
by | object does not exist | creation date | expiration date | FLPRW
ca | domain status: available ; not found: <it> | creation date | expiry date ; registry expiry date | FLRW
cc | no match for <it> | creation date | expiration date ; registry expiry date | FLPW
cd | domain status: available ; domain status: no object found | creation date | registry expiry date | FW
cf | invalid query or domain name not known in dot cf domain registry | domain registered | record will expire on | FPW
ch | we do not have an entry in our database matching your query ; the domain name is not registered | first registration date | | FJLW
ci | domain <it> not found ; domain status: no object found | created ; creation date | expiration date ; registry expiry date | FPW
cl | <it>: no existe ; <it>: no entries found | creation date | expiration date | FPRW
cm | status: not registered ; the queried object does not exist: no object found | created ; creation date | expires ; registry expiry date | FPW
cn | no matching record | registration date ; registration time ; created | expiration date ; expiration time | FJLPW
co | not found: <it> ; no data found | domain registration date ; creation date | domain expiration date ; registry expiry date | FJLPW
cr | no entries found | registered ; created | expire | PR
cx | domain status: no object found | creation date | registry expiry date | LW
cz tz | no entries found | registered | expire | FPW
de | status: free | - | | FJLPRW
dk | no entries found for the selected source | registered | expires | FJLPW
dm gd | not found | created date ; creation date | expiration date ; registry expiry date | FPW
do | domain status: no object found | creation date | registry expiry date | PR
dz | no object found ; no match for domain <it> | creation date ; registered | | FPW
ec | status: not registered | created | expires | P
ee | not found: <it> ; domain not found | record created on ; registered | expire | FLPW
es | there is no information available on the domain consulted | - | | FPW
eu | status: available | - | | FLPRW
fi | domain not found | created | expires | FLPRW
fj im | the domain <it> was not found | - | | FPW
fm | the queried object does not exist: domain not found | creation date | registry expiry date | FPW
fo | no entries found | registered ; created ; creation date | expire ; registry expiry date | FW
fr | no entries found in the afnic database | created | expiry date | FJLPRW
ga ml | | domain registered | record will expire on | P
ge | | creation date | registry expiry date | M
gf | no object found | - | | P
gg | domain status: available ; not found | creation date ; registered on | | FLPW
gl | domain status: no object found ; the queried object does not exist: domain not found | creation date | registry expiry date | FPW
gs | domain status: available ; domain status: no object found | creation date | registry expiry date | FLW
gy ki nf tl | domain status: no object found | creation date | registry expiry date | PW
hk | the domain has not been registered | domain name commencement date | expiry date | FJLPRW
hm | domain not found | domain creation date | domain expiration date | FLW
hn | domain status: no object found ; the queried object does not exist: no object found | creation date | registry expiry date | FRW
hr | error: no entries found | - | | FPW
hu | nincs talalat / no match | record created | | FLPRW
id | domain not found | created on ; creation date | expiration date ; registry expiry date | FPRW
ie | not registered - the domain you have requested <it> is not a registered .ie domain name ; not found: <it> | registration ; creation date | renewal ; registry expiry date | FJPRW
il | no data was found to match the request criteria | | validity | FPRW
in | not found ; no data found | created on ; creation date | expiration date ; registry expiry date | FLPW
io | not found ; domain not found | creation date | registry expiry date | FJLPW
ir | error:101: no entries found ; no entries found in the selected source(s) | - | | FJLPW
is | no entries found for query <it> | created | expires | FPW
it | status: available | created | expire date | FJLPRW
je | status: not registered ; not found | created ; registered on | | FPW
jp | no match | registered date ; created on | expires on | FJLPRW
ke | status: not registered | created | expires | W
kg | data not found. this domain is available for registration | record created | record expires on | PRW
kr | above domain name is not registered to krnic ; the requested domain was not found in the registry or registrars whois server | 등록일 ; registered date | 사용 종료일 ; expiration date | FLPW
kw | domain status: no object found | creation date | registry expiry date | P
kz | nothing found for this query | domain created | | FLPRW
la | domain not found ; the queried object does not exist: domain not found | created on ; creation date | expiration date ; registry expiry date | FLPW
li | we do not have an entry in our database matching your query | first registration date | | FRW
lk | this domain is not available in our whois database | created on | expires on | FW
ls | | registered | expire | M
lt | status: available | registered | expires | FJPW
lu | no such domain | registered | | FPRW
lv | status: free | - | | FPRW
ly | not found | created | | FPW
ma | 230 no objects found ; domain status: no object found | creation date | registry expiry date | FPW
mc | | created | expires on | M
md | no match for | created ; registered on | expiration date ; expires on | FPW
me | not found | domain create date ; creation date | domain expiration date ; registry expiry date | FJLPW
mg | domain status: available ; the queried object does not exist: no object found ; domain status: no object found | creation date | registry expiry date | FPW
mo | no match for <it> | record created on | record expires on | FLW
mx | no se encontro el objeto/object not found | created on | expiration date | FJPRW
my | domain name <it> does not exist in database ; domain <it> is available for registration | record created ; creation date | record expired ; registry expiry date | FW
mt | domain is not registered | | | N
nc | no entries found in the .nc database | created on | expires on | FW
ng sb | domain status: available ; domain status: no object found | creation date | registry expiry date | FPW
nl | <it> is free | date registered ; creation date | | FJLPRW
no | no match | created | | FPW
nu | domain <it> not found | created | expires | FJLPW
nz | query status: 220 available ; not found: <it> | domain dateregistered ; creation date | domain datebilleduntil | FLPRW
pa | | fecha de activacion | fecha de corte | M
pe | status: not registered ; domain status: no object found | - | | FPRW
pl | no information available about domain name <it> in the registry nask database | created | renewal date | FLPRW
pm re tf wf | no entries found in the afnic database | created | expiry date | FLW
pr | the domain <it> is not registered ; domain not found | created on ; creation date | expires on ; registry expiry date | FPW
ps | domain status: available ; domain status: no object found | creation date | registry expiry date | FJPW
pt | <it> no match ; <it> - no match | data de registo ; creation date | data de expiracao ; expiration date | FRW
pw | domain not found | created on ; creation date | expiration date ; registry expiry date | FJW
ro | no entries found for the selected source(s) | registered on | expires on | FJLPRW
rs | domain is not registered | registration date | expiration date | FLPRW
ru | no entries found for the selected source(s) | created | paid till | FJLPRW
sa | no match for <it> | created on | | FPRW
se | <it> not found ; domain <it> not found | created | expires | FJLPW
sg | domain not found | creation date | expiration date ; registry expiry date | FPRW
sh | not found ; domain <it> is available for purchase ; domain not found | creation date | registry expiry date | FLPW
si | no entries found for the selected source(s) | created | expire | FPW
sk | not found ; domain not found | created | valid until | FLPRW
sl | domain status: no object found | registration date ; creation date | expiration date ; registry expiry date | FPW
sm | no entries found | registration date | | FPW
sn | domain <it> not found | created ; date de creation | date d'expiration | FW
so | not found: <it> | creation date | expiration date | PW
st | no entries found for domain <it> | creation date ; created date | expiration date | FPW
su | no entries found for the selected source(s) | created | paid till | FLW
sx | status: available (no match for domain "<it>") ; not found: <it> | creation date | registry expiry date | FW
sy | domain status: available ; domain status: no object found | creation date | registry expiry date | FW
tc | domain status: no object found | creation date | registry expiry date | FW
tg | no object found | activation | expiration | P
th | no match for <it> ; no match found | created date | exp date | FJPW
tk | invalid query or domain name not known in dot tk domain registry | domain registered | record will expire on | FLPW
tm | domain <it> is available for purchase | - | | FPW
tn | domain <it> not found ; no object found | acivated ; creation date ; activation | | FPW
to | no match for <it> | | | FPW
tr | no match found for <it> | created on | expires on | FRW
tv | no match for <it> | creation date | expiration date ; registry expiry date | FLW
tw | no found | record created on | record expires on | FJLPRW
ua | no entries found for <it> | created | expires | FLPRW
ug | no entries found for the selected source(s) | registered ; registered on | expiry ; expires on | FW
uk | no such domain <it> ; no match for <it> ; this domain name has not been registered | entry created ; registered on | renewal date ; expiry date | FJLPRW
us | not found: <it> ; no data found | domain registration date ; creation date | domain expiration date ; registry expiry date | FJLPRW
uy | no match for <it> | fecha de creacion | | FPW
uz | sorry, but domain: <it>, not found in database | creation date | expiration date | FPW
ve | no match for <it> ; no entries found | fecha de creacion ; registered | fecha de vencimiento ; expire | FPRW
vg | not found | created date | expiration date | FPW
ws | no match for <it> ; the queried object does not exist: <it> | domain created ; creation date | | FJLPW
yt | no entries found in the afnic database ; not found | created | expiry date | FLW
za | available ; no match found for <it> ; no information was found matching that query | creation date | registry expiry date | FW
`

/** More labels in the languages of registries: likely wordings for which no answer was found. */
const others = {
  name: `domain; domain name; domainname; complete domain name; query; ascii; puny name; dominio; nombre de dominio;
    nombre del dominio; nome de dominio; nome do dominio; nome dominio; nom de domaine; nom du domaine; domaine; domene;
    domena; nazwa domeny; domenas; domen; alan adi; ドメイン名; 도메인이름; 域名`,
  created: `created; created on; created at; create; create date; created date; creation date; creation time;
    date created; date of creation; registered; registered on; registered at; registered date; registration;
    registration date; registration time; date registered; date of registration; activated; activated on;
    activated date; activation; activation date; commencement date; date approved; acivated; dateregistered;
    登録年月日; 등록일; 注册时间; 注册日期;
    fecha de registro; fecha registro; fecha de creacion; fecha creacion; fecha de alta; fecha de activacion;
    creado; creado el; registrado; registrado el; data de registo; data de registro; data de criacao;
    criado; criado em; registado em; registrado em; date de creation; date d'enregistrement; date enregistrement;
    cree le; enregistre le; registriert am; registriert seit; registrierungsdatum; erstellt am; data di creazione;
    data di registrazione; creato il; registrato il; data utworzenia; data rejestracji; utworzono; zarejestrowano;
    kayit tarihi; olusturma tarihi; regisztracio datuma; regisztralva; letrehozva; datum registrace; registrovano;
    datum vytvoreni; datum registracie; vytvorene`,
  expires: `expire; expires; expires on; expires at; expire date; expires date; expired; expiry; expiry date;
    expiration; expiration date; expiration time; exp date; registry expiry date; registry expiration date;
    will expire on; paid till; renewal; renewal date;
    date renewal; validity; valid date; valid until; datebilleduntil; 有効期限; 사용 종료일; 过期时间;
    fecha de vencimiento; fecha vencimiento; fecha de expiracion; fecha expiracion; fecha de corte; vencimiento; vence;
    expira; data de expiracao; data de vencimento; data de validade; date d'expiration; expire le; ablaufdatum;
    gultig bis; data di scadenza; scadenza; data wygasniecia; wygasa; bitis tarihi; lejarat; datum expirace;
    platnost do`,
}

/** These write the month first: 09/05/1997 is the fifth of September. Sources: P, W. */
export const monthFirstTlds: ReadonlySet<string> = new Set(['cf', 'ga', 'gq', 'ml', 'tk'])

const wordingsOf = (cell: string | undefined): string[] =>
  (cell ?? '').split(';').map(wording => wording.trim()).filter(wording => wording !== '' && wording !== '-') // prettier-ignore

export const wordings = table
  .trim()
  .split('\n')
  .map(row => {
    const [tlds = '', absent, created, expires, sources = ''] = row.split('|')
    return {
      tlds: tlds.trim().split(' '),
      absent: wordingsOf(absent),
      created: wordingsOf(created),
      expires: wordingsOf(expires),
      sources: sources.trim(),
    }
  })

const labels = (more: string, rows: readonly string[] = []): ReadonlySet<string> =>
  new Set([...wordingsOf(more), ...rows].map(labelOf))

export const nameLabels = labels(others.name)
export const createdLabels = labels(others.created, wordings.flatMap(({ created }) => created)) // prettier-ignore
export const expiresLabels = labels(others.expires, wordings.flatMap(({ expires }) => expires)) // prettier-ignore

const absent = wordings.flatMap(row => row.absent)
const status = /^(?:[a-z]+ )?status: /

/** Whole folded sentences that say that the name is not registered, with `it` for the name. */
export const absentSentences: ReadonlySet<string> = new Set(absent.filter(wording => !status.test(wording)))

/** Folded values of a status line that say that the name is not registered. */
export const absentStatuses: ReadonlySet<string> = new Set(absent.filter(wording => status.test(wording)).map(wording => wording.replace(status, ''))) // prettier-ignore
