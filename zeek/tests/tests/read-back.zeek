# @TEST-DOC: Records become notices: not those from before the start, but those after a rotation, and each once.
# @TEST-EXEC: head -n 1 $RECORDS >domainstats.log && sed -n 2,6p $RECORDS >before && sed -n '7,$p' $RECORDS >after
# @TEST-EXEC: sed -n 3p $RECORDS | sed 's/"alerts":\[/&"TAGGED-THREAT",/; s/}$/,"tags":["phishing","threat"]}/' >>after
# @TEST-EXEC: zeek $SCRIPTS/read-back.zeek %INPUT
# @TEST-EXEC: zeek-cut note uid id.orig_h id.resp_p msg sub <notice.log >notices
# @TEST-EXEC: diff notices %DIR/read-back.expected

redef exit_only_after_terminate = T;
redef DomainStats::log_file = "domainstats.log";

module Test;

export {
	global append: event();
	global rotate: event();
	global stop: event();
}

global records = 0;

event zeek_init()
	{
	schedule 2sec { Test::append() };
	schedule 6sec { Test::rotate() };
	schedule 30sec { Test::stop() };
	}

event Test::append()
	{
	system("cat before >>domainstats.log");
	}

event Test::rotate()
	{
	system("mv domainstats.log domainstats.log.1 && cp after domainstats.log");
	}

event Test::stop()
	{
	terminate();
	}

event DomainStats::record_read(rec: DomainStats::Record)
	{
	if ( ++records == 11 )
		terminate();
	}
