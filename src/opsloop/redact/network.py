"""Rules: where things run. Internal addresses and host names; loopback and documentation ranges stay readable."""

from __future__ import annotations

from opsloop.redact.judge import is_address
from opsloop.redact.rule import Rule

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PACKAGE = "(?:com|org|java|javax|jdk|sun|scala|kotlin|android)"
_WELL_KNOWN = rf"(?!(?:(?:host|gateway)\.docker|host\.containers|metadata\.google)\.internal|localhost|{_PACKAGE}\.)"
_INTERNAL = (".intern", ".intra", ".local", ".lan", ".corp", ".home.arpa", ".private")

NETWORK = (
    Rule(
        "private IPv4 (RFC 1918, RFC 6598, RFC 3927)",
        "ip",
        r"(?<![\w.])(?:10\."
        + _OCTET
        + r"|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))"
        rf"\.{_OCTET}\.{_OCTET}(?!\w)(?!\.\d)",
        needles=("10.", "172.", "192.168.", "100.", "169.254."),
        accept=is_address,
        hits=(
            "10.1.2.3",
            "at 172.31.255.1:8080",
            "192.168.30.203/24",
            "100.64.0.1",
            "169.254.10.2",
            "http://10.0.0.8/x",
            "10.0.0.8.",
        ),
        misses=(
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.2.10",
            "127.0.0.1",
            "0.0.0.0:80",
            "1.10.2.3.4",
            "10.0.17763.1",
            "v10.1.2.3",
            "Oracle 10.2.0.5",
            '"version": "10.0.3.1"',
            "upgraded libfoo from 10.1.9.4 to 10.2.0.1",
            "libfoo 10.1.2.3-4 amd64",
        ),
    ),
    Rule(
        "private IPv6 (RFC 4193, RFC 4291 link-local)",
        "ip",
        r"(?<![\w:.])(?:[fF][cCdD][0-9a-fA-F]{2}|[fF][eE][89abAB][0-9a-fA-F])(?::[0-9a-fA-F]{0,4}){2,7}(?:%[\w.-]{1,20})?(?![\w:])",
        probe="f[cde][0-9a-f]{2}:",
        hits=("fd12:3456:789a::1", "fe80::1ff:fe23:4567:890a%eth0", "[fc00::5]:443", "fd12:3456:789a:1:2:3:4:5"),
        misses=("::1", "2001:db8::1", "fd:ff", "fdisk: x", "2606:4700::1111", "fd00 : 12"),
    ),
    Rule(
        "internal host name",
        "host",
        rf"(?<![\w.-]){_WELL_KNOWN}(?:[a-zA-Z0-9_-]{{1,63}}\.){{1,8}}(?:internal|local|localdomain|lan|corp|intra|intranet|intern|private|home\.arpa)"
        r"(?:\.(?:com|net|org|io))?(?![\w(\[-])(?!\.\w)",
        needles=_INTERNAL,
        hits=(
            "db1.corp.internal",
            "ip-10-0-0-201.ec2.internal",
            "https://git.corp/x",
            "nas.lan:5000",
            "a.b.svc.cluster.local.",
        ),
        misses=(
            "host.docker.internal",
            "threading.local()",
            "jdk.internal.misc",
            "com.acme.billing.internal",
            "settings.local.json",
            "settings.local-dev.json",
            "/usr/local/bin",
        ),
    ),
    Rule(
        "host name of Consul",
        "host",
        r"(?<![\w.-])(?:[\w-]{1,63}\.){1,6}(?:service|node|query)\.(?:[\w-]{1,63}\.){0,2}consul(?![\w-])(?!\.\w)",
        needles=(".consul",),
        hits=("billing.service.consul:8080", "db1.node.dc1.consul"),
        misses=("community.general.consul", "service.consul.yaml"),
    ),
    Rule(
        "internal host name with a number glued on",
        "host",
        rf"(?<![\w.-]){_WELL_KNOWN}(?:(?:[a-zA-Z0-9_-]{{1,63}}\.){{1,8}}(?:internal|localdomain|lan|corp)"
        r"|(?:[a-zA-Z0-9_-]{1,63}\.){2,8}(?:local|intra|intranet|intern|private|home\.arpa))(?=-\d{1,4}(?![\w.-]))",
        needles=_INTERNAL,
        hits=("db1.corp.internal-6 refused", "cache01.lan-2:6379", "a.b.local-12"),
        misses=("state.private-1 renamed", "settings.local-2", "com.acme.internal-api-2", "x.corp-1.jar"),
    ),
    Rule(
        "host named after its private address",
        "host",
        r"(?<![a-z0-9])ip-(?:10|172|192|100)-\d{1,3}-\d{1,3}-\d{1,3}(?![\w-])",
        needles=("ip-1",),
        hits=("node ip-172-20-125-90 NotReady",),
        misses=("ip-address-10", "zip-10-1-2-3"),
    ),
)
