"""Kinds of trouble in operations, each with the words people use for it: how ``heap grows`` finds ``memory leak``.

A small general vocabulary of the field; words of one row count as one concept. Synonyms that it does not know are not
found: that is where lexical recall ends.
"""

from __future__ import annotations

from opsloop.index.words import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT = 3
"""Letters at a word's beginning that its stem keeps."""
ROWS = """
memory heap ram rss swap malloc gc garbage
leak leaks leaking grow grows growth climb creep accumulate
oom out-of-memory killer
crash die died dies dead kill killed panic abort abnormal segfault coredump terminate bugcheck bsod
restart reboot reset recycle bounce restarted loop crashloop
database db mysql postgres postgresql sql rds mariadb oracle aurora
nosql mongodb cassandra dynamodb couchbase riak hbase shard sharding partition
search elasticsearch solr lucene opensearch
replica slave secondary standby follower replication replicate
primary master leader writer
diverge differ differs inconsistent inconsistency drift mismatch split-brain stale unsynchronized
corrupt corruption corrupted garbled checksum scrambled
dns nameserver resolve resolution nxdomain resolver bind zonefile hostname
certificate cert certs tls ssl x509 https pki ca
expire expired expiry expiration lapse renew renewal renewed rotate rotation
bgp route routes routing router backbone peering prefix announce announcement withdraw withdrawal withdrew asn
network networking switch fabric packet connectivity vlan ethernet nic
link fiber fibre cable cut undersea
loadbalancer balancer balancers haproxy nginx elb envoy lb vip ingress
proxy gateway edge cdn pop fastly cloudfront cloudflare akamai
firewall acl waf iptables security-group
power electricity electrical utility generator ups voltage breaker battery blackout brownout transformer
cooling heat temperature hvac overheat thermal fire flood water storm lightning weather chiller
disk disks storage ssd volume filesystem drive raid ebs san block inode
full exhaust exhausted exhaustion ran-out depleted ceiling capacity saturation saturated
limit limits quota maximum cap threshold exceed exceeded bound
connection connections socket sockets pool pools descriptor descriptors fd ports ephemeral
deploy deployed deployment rollout release released push pushed ship shipped launch rolled
upgrade upgraded version update updated patch bump migrate migrating major
rollback revert reverted roll-back undo
config configuration configured misconfiguration misconfigured setting settings parameter env environment
flag toggle feature-flag experiment
queue queues backlog kafka rabbitmq broker sqs message messages consumer producer backed
cache cached caches caching memcached redis varnish invalidation
slow slowed latency delay delays lag sluggish degraded degradation slowness
timeout timeouts time-out timed deadline hang hung stuck stall stalled stick freeze frozen unresponsive
auth authentication login sign-in oauth sso identity
token secret credential credentials key password cookie session
authorization permission permissions iam access denied forbidden role privilege
ddos attack attacker attackers malicious botnet syn flood volumetric amplification
breach compromise intrusion hacker hacked malware phishing stolen steal exploit vulnerability theft hijack takeover
expose exposed disclosure disclosed reveal revealing leaked public visible mixup cross-tenant cross-user
delete deletion remove removed wipe wiped drop dropped destroy erase lost loss rm unrecoverable lose truncate purge
backup backups restore restored snapshot recovery recover
overload overloaded overwhelm overwhelmed saturate hammer hammering swamp stampede surge spike flood peak
traffic load requests demand visitors campaign popular viral
retry retries retrying backoff storm thundering herd amplification cascade cascading snowball reconnect reconnection
integer int int4 int32 32-bit bigint overflow overflowed auto-increment increment wraparound signed
cron job jobs scheduled scheduler batch nightly periodic
script scripts automation automated automatic tool tooling bot
typo mistake accidentally accidental inadvertently mistakenly human operator engineer manual wrong erroneous
customer customers user users client clients subscriber
failover failovers promote promotion promoted election elect switchover
quorum consensus zookeeper etcd consul paxos raft cluster
lock locks locked deadlock contention mutex blocked waiting
schema alter migration migrations ddl column table index
query queries planner statistics plan scan
datacenter data-center facility building colo rack site datacentre
zone az availability region regional
email emails mail smtp notification notifications sms
telephony voice call calls phone carrier telecom twilio
vendor third-party provider upstream dependency supplier external saas partner
outage down downtime unavailable unreachable disruption offline inaccessible
fail failed failing failure failures broken break errored error errors erroring
exception exceptions 500 503 5xx traceback unhandled nil null 502 504
cpu processor cores compute
kernel os driver linux systemd init windows
regex regexp backtracking expression
firmware bios hardware defect faulty component
clock ntp leap timestamp time-zone timezone daylight drifted
boot start starting startup launch spawn provision schedule scheduling bring
machine machines host hosts server servers node nodes instance instances vm vms
kubernetes k8s pod pods container containers docker orchestrator nomad mesos
monitoring alert alerts alerting pager observability metrics dashboard undetected unnoticed silently silent
test tests testing staging canary ci
git repository repo commit branch code source svn subversion vcs
package packages dependency library libraries npm module
billing payment payments invoice charge charged money trading order orders financial
unit units metric imperial conversion calculation rounding arithmetic
rocket spacecraft satellite mission flight aircraft launch nasa
domain registrar registration
thread threads worker workers concurrency goroutine async asynchronous event events
race condition concurrent simultaneous interleaved
duplicate duplicated twice double multiple repeated repeat repeatedly
maintenance planned decommission
throttle throttled rate-limit ratelimit limiting
license licence
poison bad malformed invalid input payload
loop infinite recursion
health-check healthcheck healthy unhealthy probe heartbeat
read-only readonly
"""
"""One concept a row."""
_ROWS = [row.split() for row in ROWS.split("\n")]
_CONCEPTS: dict[str, tuple[int, ...]] = {}


def concepts() -> dict[str, tuple[int, ...]]:
    """Stem -> the numbers of the rows that it stands in."""
    if not _CONCEPTS:
        for number, row in enumerate(_ROWS):
            for word in dict.fromkeys(map(stem, row)):
                _CONCEPTS[word] = (*_CONCEPTS.get(word, ()), number)
    return _CONCEPTS


def concepts_of(stems: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """What ``concepts`` tells of these stems, and of the others in their rows what those rows tell.

    A hook stems no more: a word begins as its stem does, so rows without such a beginning hold none of them.
    """
    beginnings = {f" {word[:_KEPT]}" for word in stems}
    table: dict[str, tuple[int, ...]] = {}
    for number, row in enumerate(ROWS.split("\n")):
        begun = f" {row}"
        if any(beginning in begun for beginning in beginnings):
            for word in dict.fromkeys(map(stem, row.split())):
                table[word] = (*table.get(word, ()), number)
    return table


def rows() -> list[list[str]]:
    """The words of each row, as they are written."""
    return _ROWS
