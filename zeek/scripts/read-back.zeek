##! Reads domainstats.log as it is written, and raises notices for what it says. The log must be JSON (`format: json`, the
##! default), and must be readable for Zeek on this machine. In a cluster the manager reads it.
##!
##! Zeek's reader looks once a second. It begins at the end of the log, and goes on with the new file when the log is rotated
##! by renaming; what was written in the last second before that raises no notice.

@load base/frameworks/cluster
@load base/frameworks/input
@load base/frameworks/reporter
@load ./notices

module DomainStats;

export {
	## Where domainstats.log is. It may come later than Zeek.
	const log_file = "/var/log/domainstats/domainstats.log" &redef;

	## The fields that are read of each record. domainstats' docs/records.md says what they mean. Dots in names have become
	## underscores.
	type Record: record {
		query: string;
		domain: string;
		category: string;
		alerts: vector of string;
		uid: string &optional;
		id_orig_h: addr &optional;
		id_orig_p: count &optional;
		id_resp_h: addr &optional;
		id_resp_p: count &optional;
		proto: string &optional;
		seen_by_web: string &optional;
		age_days: count &optional;
		tags: vector of string &optional;
	};

	## Raised for each record, after its notices.
	global record_read: event(rec: Record);
}

type Line: record {
	text: string;
};

function field_name(key: string): string
	{
	return gsub(key, /\./, "_");
	}

## Only for a record with both ends: `clients` in domainstats' settings can hide the client.
function conn_of(rec: Record): conn_id
	{
	local proto = rec?$proto && rec$proto == "tcp" ? tcp : udp;
	return conn_id($orig_h=rec$id_orig_h, $orig_p=count_to_port(rec$id_orig_p, proto),
	               $resp_h=rec$id_resp_h, $resp_p=count_to_port(rec$id_resp_p, proto));
	}

function details_of(rec: Record): string
	{
	local details = join_string_vec(rec$alerts, " ");
	if ( rec?$seen_by_web )
		details = fmt("%s seen_by_web=%s", details, rec$seen_by_web);
	if ( rec?$age_days )
		details = fmt("%s age_days=%d", details, rec$age_days);
	if ( rec?$tags )
		details = fmt("%s tags=%s", details, join_string_vec(rec$tags, ","));
	return details;
	}

event DomainStats::line(desc: Input::EventDescription, tpe: Input::Event, text: string)
	{
	local parsed = from_json(text, Record, field_name);
	if ( ! parsed$valid )
		{
		Reporter::warning(fmt("DomainStats: a line of %s is no record in JSON: %s", log_file, parsed$err));
		return;
		}

	local rec = parsed$v as Record;
	local finding = Finding($query=rec$query, $domain=rec$domain, $category=rec$category, $alerts=rec$alerts,
	                        $details=details_of(rec));

	if ( rec?$uid )
		finding$uid = rec$uid;

	if ( rec?$id_orig_h && rec?$id_orig_p && rec?$id_resp_h && rec?$id_resp_p )
		finding$id = conn_of(rec);
	else if ( rec?$id_orig_h )
		finding$src = rec$id_orig_h;

	notify(finding);
	event DomainStats::record_read(rec);
	}

event zeek_init()
	{
	# A trace has nothing to do with what is written to the log meanwhile.
	if ( reading_traces() )
		return;

	if ( Cluster::is_enabled() && Cluster::local_node_type() != Cluster::MANAGER )
		return;

	# -1: from the end on, or Zeek would raise the notices of the whole log again at each start.
	Input::add_event(Input::EventDescription($name="domainstats", $source=log_file, $reader=Input::READER_RAW,
	                                         $mode=Input::STREAM, $fields=Line, $want_record=F,
	                                         $ev=DomainStats::line, $config=table(["offset"] = "-1")));
	}
