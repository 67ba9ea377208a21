##! Optional: what makes dns.log easier to read for domainstats and for everything else that reads it.

# JSON instead of tab-separated columns, with ISO 8601 times.
@load policy/tuning/json-logs
redef LogAscii::json_timestamps = JSON::TS_ISO8601;

# The case in which a name was asked, in a column of its own: some malware and some resolvers play with it.
@load policy/protocols/dns/log-original-query-case
