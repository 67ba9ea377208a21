# @TEST-DOC: Answers are logged with the columns of domain_stats; what cannot be read is reported, and stdout stays empty.
# @TEST-EXEC: zeek $SCRIPTS/look-up.zeek %INPUT >out
# @TEST-EXEC: zeek-cut query alerts category freq_avg_prob freq_word_prob seen_by_web id.orig_h <domainstats.log | sort >answers
# @TEST-EXEC: diff answers %DIR/look-up.expected
# @TEST-EXEC: zeek-cut note sub <notice.log | sort >notices
# @TEST-EXEC: printf 'DomainStats::First_Contact\tYOUR-FIRST-CONTACT YOUNG:3d\nDomainStats::New_Domain\tYOUR-FIRST-CONTACT YOUNG:3d\n' | diff notices -
# @TEST-EXEC: grep 'an answer is not that of domain_stats' reporter.log
# @TEST-EXEC: test ! -s out

redef exit_only_after_terminate = T;

module Test;

export {
	global ask: event(name: string);
	global stop: event();
}

event Test::ask(name: string)
	{
	local id = conn_id($orig_h=10.0.0.1, $orig_p=40000/udp, $resp_h=10.0.0.53, $resp_p=53/udp);
	event DomainStats::question(DomainStats::Question($ts=network_time(), $uid="C1", $id=id, $query=name));
	}

event zeek_init()
	{
	schedule 1sec { Test::ask("new.example.com") };
	schedule 1sec { Test::ask("new.example.com") };
	schedule 1sec { Test::ask("plain.example.com") };
	schedule 4sec { Test::ask("odd.example.com") };
	schedule 8sec { Test::stop() };
	}

event Test::stop()
	{
	terminate();
	}
