##! Asks domainstats, or domain_stats 1.x, over HTTP for each name that clients ask for, once a day, and writes the answers to
##! a log of Zeek's own: domainstats.log, with the columns that the script of domain_stats wrote.
##!
##! It costs a shell, a curl and two files in /tmp for each look-up (ActiveHTTP), so it suits small sites, and sites that
##! cannot give their dns.log to domainstats. Everybody else is better off with read-back.zeek. Do not load both: our program
##! logs questions over HTTP, too, so each notice would come twice. Of a trace only the last seconds would be answered.

@load base/frameworks/cluster
@load base/frameworks/logging
@load base/frameworks/reporter
@load base/protocols/dns
@load base/utils/active-http
@load ./notices

module DomainStats;

export {
	redef enum Log::ID += { LOG };

	## The port of domainstats. In a cluster the proxies ask it.
	option url = "http://127.0.0.1:5730/";

	## Names that are not asked about, with all names below them.
	option ignore: set[string] = { "arpa", "home", "internal", "lan", "local", "localdomain", "localhost", "rdap.net" };

	## Name services that only look like DNS: NetBIOS, mDNS, LLMNR.
	option ignore_ports: set[port] = { 137/udp, 5353/udp, 5355/udp };

	## How long an answer is waited for. domainstats itself waits for a registry for `http_wait_seconds` (2).
	option max_time = 5sec;

	## At most so many look-ups at once on a node. A name beyond that has its turn when it is asked for again.
	option max_at_once = 10;

	## At most so many names are remembered as asked on a node. Beyond that none is asked until some are forgotten.
	option max_names = 100000;

	## How long nothing is asked after a look-up that failed.
	option pause = 1min;

	## How long a name is remembered as asked.
	const ask_again = 1day &redef;

	## How long a worker does not tell the proxies again of a name.
	const tell_again = 10min &redef;

	## A question that Zeek saw.
	type Question: record {
		ts: time;
		uid: string;
		id: conn_id;
		query: string;
	};

	## A row of the log: the ten columns of domain_stats' script, then the connection.
	type Info: record {
		ts: time &log;
		uid: string &log;
		query: string &log;
		alerts: vector of string &log;
		category: string &log;
		freq_avg_prob: double &log &optional;
		freq_word_prob: double &log &optional;
		seen_by_web: string &log;
		seen_by_isc: string &log;
		seen_by_you: string &log;
		id: conn_id &log;
	};

	## What both programs answer. The scores are read apart, because they can also be a text, or missing.
	type Answer: record {
		alerts: vector of string;
		category: string;
		seen_by_web: string;
		seen_by_isc: string;
		seen_by_you: string;
	};

	type Scores: record {
		freq_score: vector of double;
	};

	## Whether a name may be asked about. It comes from whoever asks, and goes into a URL on a command line: ActiveHTTP quotes
	## it, and nothing but letters, digits, dots, hyphens and underscores gets there. Without a dot it could be a path of the
	## port (`/stats`).
	global is_askable: function(name: string): bool;

	global log_policy: Log::PolicyHook;

	## Raised for each answer as it is logged.
	global log_domainstats: event(rec: Info);

	## From a worker to the proxy that asks about the name, so that a cluster asks once.
	global question: event(q: Question);
}

global asked: set[string] &create_expire=ask_again;
global told: set[string] &create_expire=tell_again;
global pending = 0;
global paused_until: time = double_to_time(0.0);
global left_out = 0;
global left_out_reported: time = double_to_time(0.0);

function is_ignored(name: string): bool
	{
	local rest = name;
	while ( rest !in ignore )
		{
		local dot = strstr(rest, ".");
		if ( dot == 0 )
			return F;
		rest = rest[dot:];
		}
	return T;
	}

function is_askable(name: string): bool
	{
	return |name| <= 253 && /\./ in name && /\.\./ !in name && name == /[a-z0-9_][a-z0-9._-]*[a-z0-9_]/ &&
	       ! is_ignored(name);
	}

## Tells of names that were not asked about, at most once in ten minutes.
function leave_out()
	{
	++left_out;
	if ( network_time() < left_out_reported + 10min )
		return;

	Reporter::warning(fmt("DomainStats: %d names were not asked about: at most %d look-ups at once (max_at_once), %d names (max_names)",
	                      left_out, max_at_once, max_names));
	left_out = 0;
	left_out_reported = network_time();
	}

function fail(q: Question, why: string)
	{
	delete asked[q$query];

	# Those that fail together are reported once.
	if ( network_time() >= paused_until )
		Reporter::warning(fmt("DomainStats: %s failed: %s; nothing is asked for %s", url, why, pause));

	paused_until = network_time() + pause;
	}

function take(q: Question, body: string)
	{
	local parsed = from_json(body, Answer);
	if ( ! parsed$valid )
		{
		fail(q, fmt("an answer is not that of domain_stats: %s", parsed$err));
		return;
		}

	local answer = parsed$v as Answer;
	local rec = Info($ts=q$ts, $uid=q$uid, $query=q$query, $alerts=answer$alerts, $category=answer$category,
	                 $seen_by_web=answer$seen_by_web, $seen_by_isc=answer$seen_by_isc,
	                 $seen_by_you=answer$seen_by_you, $id=q$id);

	local scores = from_json(body, Scores);
	if ( scores$valid )
		{
		local freq = (scores$v as Scores)$freq_score;
		if ( |freq| == 2 )
			{
			rec$freq_avg_prob = freq[0];
			rec$freq_word_prob = freq[1];
			}
		}

	Log::write(LOG, rec);
	notify(Finding($query=q$query, $domain=q$query, $category=answer$category, $alerts=answer$alerts,
	               $details=join_string_vec(answer$alerts, " "), $uid=q$uid, $id=q$id));
	}

function ask(q: Question)
	{
	if ( q$query in asked || network_time() < paused_until )
		return;

	if ( pending >= max_at_once || |asked| >= max_names )
		{
		leave_out();
		return;
		}

	add asked[q$query];
	++pending;

	when [q] ( local response = ActiveHTTP::request(ActiveHTTP::Request($url=url + q$query, $max_time=max_time)) )
		{
		--pending;
		if ( response$code == 200 )
			take(q, response$body);
		else
			fail(q, response$code == 0 ? "no answer" : fmt("HTTP status %d", response$code));
		}
	timeout max_time + 5sec
		{
		--pending;
		fail(q, "no answer");
		}
	}

event DomainStats::question(q: Question)
	{
	ask(q);
	}

event dns_request(c: connection, msg: dns_msg, query: string, qtype: count, qclass: count)
	{
	# 1: the Internet's class.
	if ( qclass != 1 || c$id$resp_p in ignore_ports || ! is_askable(query) )
		return;

	local q = Question($ts=network_time(), $uid=c$uid, $id=c$id, $query=query);

	if ( ! Cluster::is_enabled() )
		{
		ask(q);
		return;
		}

	if ( query in told || |told| >= max_names )
		return;

	add told[query];
	# A cluster without a proxy: each worker asks for itself.
	if ( ! Cluster::publish_hrw(Cluster::proxy_pool, query, DomainStats::question, q) )
		ask(q);
	}

event zeek_init()
	{
	Log::create_stream(LOG, Log::Stream($columns=Info, $ev=log_domainstats, $path="domainstats", $policy=log_policy));
	}
