/** Describes each command for docs/cli.md and the man page, longer than `--help`. Markdown without links. */

export const about: ReadonlyMap<string, string> = new Map([
  [
    'run',
    `Follows logs until it is stopped, and starts again where it stopped. An input is a file, a folder (\`dns*.log*\` and \`eve*.json*\` in it) or a glob, and need not be there yet; a glob that matches folders means the logs in them.

\`--once\` reads to the present end of the logs, waits until the registry of each record has answered, and stops. It stops earlier, and says how many records are left to the next run, when no registry has answered for 90 s; with \`--no-wait\` it stops at the hold time (\`hold_seconds\`). \`--show\` shows the records on stdout, too. \`--no-skim\` parses each line in full: slower, with the same result.`,
  ],
  [
    'scan',
    `Reads logs, folders of logs, archives (\`.gz\`), pipes and standard input (\`-\`) once. Records go to stdout: a table on a terminal, JSON lines in a pipe.

With \`--data\` it shares the state of a \`run\`, even of a live one, and reads nothing twice. Without it nothing is remembered. \`--baseline\` records first contacts without alerting them. Registries are asked only with \`--data\` or \`--lookup\`; \`--no-lookup\` asks none. \`--no-wait\` does not wait longer than the hold time for registries.`,
  ],
  [
    'query',
    `Prints one JSON line for each name, as \`/v1/domains\` of the HTTP port answers it. \`-\` reads names from stdin, one a line, with \`#\` comments. A name may be pasted as it was found: \`evil[.]com\`, \`hxxps://evil.com/x\`, \`bob@evil.com\`. stderr says what is no name, and why.

With \`--data\` a question counts as an event of a sensor and uses up a first contact, unless \`--peek\` is given. Its record (\`source: query\`) is written by the \`run\` of that folder: a live one within a minute, else the next one at its start. Without \`--data\` nothing is remembered. Registries are asked only with \`--data\` or \`--lookup\`; \`--peek\` and \`--no-lookup\` ask none. stderr says beforehand how many registries will be asked, and at the end how many names went to which hosts.`,
  ],
  [
    'whois',
    `Prints all that the registry says of each domain, one JSON line each, under the keys of python-whois; docs/http-api.md describes them. \`--fields registrar,creation_date\` prints these keys alone. The registry is asked by RDAP, or by WHOIS where there is no RDAP and \`whois\` of the settings allows it, at the pace of all look-ups. With \`--data\` the answer is kept for a day. The question is no contact, and changes nothing that is known of the domain. A name without a record is named on stderr, and the exit code is 1.`,
  ],
  [
    'list',
    `Shows what is known of domains: a table on a terminal, JSON lines in a pipe. \`--new\` means registered less than \`established_days_age\` days ago. With \`--risk\`, \`--top N\` shows those of the highest risk; without \`--top\` at most 10,000.`,
  ],
  [
    'asked',
    `Shows which RDAP, WHOIS and ISC servers, and IANA, were asked about what, and when. The last 100,000 queries are kept, the oldest come first.`,
  ],
  [
    'digest',
    `Prints what the log says of the last day, in 78 columns for a mail: alerts with the domains and clients that had most of them, domains of category \`NEW\`, public services that were used, failed look-ups and whom we asked, and what the live \`run\` says of itself. It reads the log that the settings name and its rotated files, JSON or Zeek TSV, packed with gzip or not. A question counts by its time; a follow-up by when it was written, since it may be about a question of the day before. Alerts that a follow-up has withdrawn do not count.

It exits with 3 if the log has an alert other than \`YOUR-FIRST-CONTACT\`, with 0 if not, and with 1 if a log could not be read to its end. docs/data.md shows how to mail it each morning. It works beside a live \`run\`.`,
  ],
  [
    'import',
    `Takes registrations that are known already, so that they need no look-up. docs/data.md describes the formats. Unless \`--seen\` is given, a first contact with these names is alerted all the same. \`--ranks\` takes the places of the domains in a list of the most asked ones, and nothing else: \`whois\` and the HTTP port show them as \`alexa\`.`,
  ],
  [
    'baseline',
    `With \`--top\`: the 10,000 domains that most clients of OpenDNS asked for count as contacted before, so that a new site is not told of each of them. Nothing else about them changes: a registration of last week is still \`YOUNG\`. Run it before the first \`run\`, or beside a live one. docs/data.md says how much it takes away.`,
  ],
  [
    'update',
    `Takes registrations that somebody publishes: a community, or your own team for many sensors. docs/data.md describes the files. \`updates: {url: URL, every_hours: 24}\` makes a \`run\` do it; without \`every_hours\` nothing is fetched but by this command. It works beside a live \`run\`.`,
  ],
  [
    'export',
    `Writes a JSON list, one domain a line. \`import\` makes the same state of it. It works beside a live \`run\`.`,
  ],
  [
    'backup',
    `Copies the database beside a live \`run\`. It never overwrites a file. To restore, stop the \`run\` and put the copy back as \`domainstats.sqlite\`.`,
  ],
  [
    'share',
    `For the sensors of a site that share a Redis or Valkey (\`shared\` in the settings). Claims each domain that this sensor has contacted: where no other sensor has the first contact, this one has it from now on; otherwise the earliest time stays, and this sensor takes it. \`--pull\` stores the domains of the site as contacted, so that a new sensor raises no first contact for them, also while the site cannot be asked.

Both can be repeated: what is known changes nothing. Interrupted, or if the store does not come back within half a minute, it exits with 1 and says how far it came. What was done stays; the next \`share\` goes on there, and \`--pull\` reads from the beginning. It works beside a live \`run\`. docs/fleet.md says when to do it.`,
  ],
  [
    'fix',
    `Asks once more about the names whose look-up failed, or whose registry gave no date, by RDAP and then by WHOIS. Each server is asked at its own pace, and a slow one holds up no other. It works beside a \`run\`, which writes the follow-ups within a minute.`,
  ],
  [
    'check',
    `Says whether the configuration is right, and where it is not; which files it means at present; whether this user may read the logs and write what \`run\` needs; how much the disk must hold at most; whether a \`run\` is live; and whether the database is sound. It exits with 1 if \`run\` could not do its work; beside a live \`run\` it does not matter what this user may write.`,
  ],
  [
    'doctor',
    `Runs what \`check\` runs, and looks at what changes: whether the logs grow and carry the right times, whether the live \`run\` keeps up and what it says of itself, disk, clock, sinks, and whether IANA, registries and WHOIS answer (through the proxy, if one is set). Each line is \`ok\`, \`warning\` or \`wrong\`, and says what to do. Run it as the user of the service. It asks servers about no name. With \`--json\` each line is an object with \`state\`, \`area\`, \`found\` and \`remedy\`. It exits with 1 if something is wrong.

\`--live\` asks the live \`run\` alone, in a moment, as the health check of a container does (docs/container.md): it exits with 0 while the \`run\` can do its work. \`--http\` says where the \`run\` answers, if it was started with \`--http\`.`,
  ],
  [
    'pdns',
    `Asks passive DNS, which \`run\` and \`scan --data\` keep, unless \`pdns: {enabled: false}\` says no. docs/passive-dns.md describes it. Rows are a table on a terminal, and lines of the Common Output Format (COF) in a pipe or with \`--json\`. It works beside a live \`run\`.

QUERY is a name (rows whose rrname it is, or whose rdata names it), \`*.name\` (the names below it, without itself), \`name.*\` (starts with), \`*word*\` (contains), \`/regex/\` (RE2), an address, a network (\`192.0.2.0/24\`) or a range (\`192.0.2.1-192.0.2.9\`). Names may be pasted as they were found: \`evil[.]com\`. Put patterns in quotes, or the shell takes the stars.

\`--since\` and \`--until\` choose rows whose time from first to last overlaps with them. \`--ttl N\` chooses rows whose lowest TTL is at most N, and whose highest one at least N.`,
  ],
  [
    'pdns top',
    `Shows the names with most questions. \`--by clients\` sorts by the number of clients, which is exact up to 16 and estimated above (\`~37\`, 13 % off as a rule); \`--by names\` shows the registered domains with most names below them; \`--addresses\` the addresses with most names.`,
  ],
  [
    'pdns subdomains',
    `Counts the names below a domain that were asked for, or own a record: one row for each level below it, with an example.`,
  ],
  [
    'pdns new',
    `Shows how many names were first asked for on each day (UTC), up to today. On a terminal with a bar.`,
  ],
  [
    'pdns unanswered',
    `Shows the names with most questions that had no answer. \`--rcode EMPTY\` counts only responses without an error and without a record, \`--rcode NONE\` only questions without a response in the log. Without \`--rcode\` all count, with other rcodes, too.`,
  ],
  [
    'pdns parked',
    `Shows the rows whose address is loopback, private (RFC 1918, RFC 4193), shared (RFC 6598), link-local, or in 0.0.0.0/8: the name is parked, blocked by a resolver, or points into your own network. The setting \`pdns.parking\` adds addresses that you know.`,
  ],
  [
    'pdns export',
    `Writes the facts of passive DNS as lines of the Common Output Format (NDJSON), in the order of their names; \`FILE\` is replaced as a whole, or stays as it was. Rows that tell of your own network are left out and counted by reason, unless \`--all\` is given: those with an address that \`pdns parked\` shows by itself, in the reverse zone of one, with a name in \`internal_zones\`, on the ignore list or in a special-use domain. It works beside a live \`run\`.`,
  ],
  [
    'pdns import',
    `Takes rows in the Common Output Format: lines or a JSON array, packed with gzip or not, of domainstats, CIRCL, D4, DNSDB and others. What a sensor has counted counts once, however often its rows are imported; docs/passive-dns.md says how. Rows that are not taken are counted by reason, and the first ten named. It works beside a live \`run\`, whose settings bound what is kept, and exits with 1 if the file could not be read to its end, or no row could be used. What was read before that is kept.`,
  ],
  [
    'who',
    `Shows which clients asked for the names that QUERY means, the latest first: client, first and last question, their number, and the number of names. For an address, a network or a range these are the names that own a record with such an address, and their aliases (\`CNAME\`). How much of a client is kept, says \`clients.record\`.`,
  ],
  [
    'pdns near',
    `Shows the tagged addresses nearest to ADDRESS, the nearest first: those with the tag themselves, the nearest address of each tagged network, and the addresses that passive DNS knows of tagged names and of names below them. \`DISTANCE\` is the difference of both as numbers, \`PREFIX\` how many bits they have in common, \`OCTETS\` the Euclidean distance with each octet as a coordinate.`,
  ],
  [
    'tag',
    `Says what you know of names and addresses. docs/tags.md describes what tags do. A live \`run\` takes a change up with the next lines that it reads.`,
  ],
  [
    'tag add',
    `Tags values: a name with all names below it, an address, or a network (\`192.0.2.0/24\`). They may be pasted as they were found: \`evil[.]com\`. A value may have each of the three tags; the same one again replaces source and note.`,
  ],
  ['tag remove', `Removes the tags of exactly these values. Tags of names below or of other networks stay.`],
  [
    'tag list',
    `Shows the tags: as a table on a terminal, else as JSON lines, which \`tag import\` reads again.`,
  ],
  [
    'tag import',
    `Takes tags from CSV with a header, plain lists with one value a line (also hosts files and lists of ad blockers), STIX 2, events, attributes and sightings of MISP, and MISP warninglists; also packed with gzip. What cannot be read is skipped, counted and told. The same list once more changes nothing.`,
  ],
  ['tag export', `Writes tags in a form that \`tag import\` reads again, as do other programs.`],
  [
    'mute',
    `Says "not again" of alerts, for a time. docs/risk.md describes what a mute does. A live \`run\` takes a change up with its next transaction.`,
  ],
  [
    'mute add',
    `Mutes the alerts that are all of what is given: about a domain and the names below it, of a client, of one kind. At least one of the three is needed. A mute of exactly the same takes the place of the former.`,
  ],
  [
    'mute list',
    `Shows the mutes: as a table on a terminal, else as JSON lines. \`HITS\` is the number of records that lost an alert to it. One that is over is shown for 30 days.`,
  ],
  ['mute remove', `Ends a mute. What it has taken from records does not come back.`],
  [
    'isc-server',
    `Is a \`run\` whose look-ups and first contacts other sensors share: it answers the ISC API of domain_stats 1.x, which they ask with \`mode: isc\`. It follows the inputs of the settings, too, if there are any. docs/isc-server.md shows how to set it up.`,
  ],
  ['isc-client', `Says who may ask the ISC server. A running server knows of a change at once.`],
  [
    'isc-client add',
    `Adds a client and prints its token to stdout. It cannot be shown again, since the store keeps only its SHA-256. The name is one word, which only \`isc-client list\` shows.`,
  ],
  [
    'isc-client list',
    `Shows the clients: as a table on a terminal, else as JSON lines, with the versions and figures of their last STATUS. Sums are up to a minute old.`,
  ],
  ['isc-client remove', `Forgets a client. Its token is refused from now on.`],
  [
    'isc-client deny',
    `Refuses the QUERYs of a client, and tells it the text at its next STATUS and in each answer. It keeps its token.`,
  ],
  ['isc-client allow', `Ends \`isc-client deny\`.`],
  ['isc-alert', `Warns clients of domains. A running server knows of a change at once.`],
  [
    'isc-alert add',
    `Sends an alert with each answer about a domain, to every client. A client asks for such a domain again after a day at the latest. The domain may be pasted as it was found; what is below it is cut off.`,
  ],
  ['isc-alert list', `Shows the alerts: as a table on a terminal, else as JSON lines.`],
  ['isc-alert remove', `Takes back an alert, or all of a domain. Clients have it for up to a day.`],
  [
    'commands',
    `Asks programs that the settings declare by \`commands\`, such as whois or ping, and keeps their answers. docs/commands.md describes them.`,
  ],
  ['commands list', `Shows the commands of the settings: as a table on a terminal, else as JSON lines.`],
  [
    'commands run',
    `Asks a command about a value: prints the answer that is kept, or runs the program. A text is printed as it is, what an expression took from it as one JSON value a line, and with \`--json\` the whole answer. It exits with 1 if the run failed, and with 2 for a value that the command does not accept. Beside a live \`run\` both share what is kept; \`at_once\` and \`per_minute\` hold for each of them.`,
  ],
  [
    'commands dump',
    `Shows what is kept of a command. \`--sort age\` shows the oldest first, \`count\` the most asked for, \`data\` sorts by the answers.`,
  ],
  [
    'commands import',
    `Reads the settings of an APIify, and prints the command and the port that do the same, as YAML for \`domainstats.yaml\`. Comments say what was chosen and what has no effect. \`--write\` adds both to the settings of the data folder; a port that is set there stays. What needs a shell is refused, with what to write instead. docs/commands.md has the keys.`,
  ],
  [
    'feedback',
    `Writes datasets for Suricata into a folder, and rules that alert when a name in them is asked for, or sent to a server by TLS or HTTP: \`domainstats-new.lst\`, \`domainstats-threat.lst\`, \`domainstats-interest.lst\` and \`domainstats-seen.lst\`, and \`domainstats.rules\`. docs/suricata.md describes them. A file whose content is as it was is not touched. It works beside a live \`run\`, which keeps the files up to date itself with \`feedback: {folder: FOLDER}\`.`,
  ],
  ['freq', `Works with letter frequencies. docs/freq.md describes their use.`],
  [
    'freq measure',
    `Scores names as they are given, on the command line or in a file. It never changes a table.`,
  ],
  [
    'freq train',
    `Counts a text into a table and replaces the file as a whole. \`--create\` makes a new table, with the characters that \`--exclude\` leaves out, and with \`--case-sensitive\` if upper and lower case differ.`,
  ],
  ['freq print', `Shows the pair counts of a table. \`built-in\` is the one that comes with the program.`],
  [
    'settings',
    `Asks on a terminal for the settings that matter: Enter keeps a value, Ctrl-C leaves the file as it was. \`--set rdap.per_second=5 'ignore=[a.com]'\` asks nothing. Values are YAML; \`KEY=\` takes a setting out. Comments and order of the file stay.`,
  ],
  [
    'completion',
    `Prints a script for the shell that \`SHELL\` names. \`make install\` installs those of bash, zsh and fish. By hand: \`domainstats completion >> ~/.bashrc\`.`,
  ],
])
