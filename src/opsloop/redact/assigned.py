"""Rules: secrets known by the name they stand under, in whatever notation: env, YAML, JSON, code, flags, headers, SQL."""

# ruff: noqa: E501 - patterns and examples are read as wholes

from __future__ import annotations

from opsloop.redact.judge import STEMS, is_given_password, is_secret, is_told_secret
from opsloop.redact.rule import ARGUMENT, Rule

_VALUE = r"""(?:"(?P<w>[^"\n]{1,2048})"|'(?P<x>[^'\n]{1,2048})'|`(?P<y>[^`\n]{1,2048})`|(?P<v>[^\s"'`,;&<>(){}\[\]|\\=]{1,256}=*))"""
_TAIL = r"""[^\s"'`,;&<>(){}\[\]|\\]*"""

ASSIGNED = (
    Rule(
        "assignment",
        "secret",
        rf"""(?<![\w.-])(?P<k>[A-Za-z_][\w.-]{{0,200}}+)(?: ?["'`\])]{{1,2}})?[ \t]{{0,8}}(?::=|=>|={{1,2}}|:)[ \t]{{0,8}}{_VALUE}""",
        needles=STEMS,
        accept=is_secret,
        tail=_TAIL,
        hits=(
            "password=hunter2",
            "password=ab=cd",
            'apiKey := "897TJ1HevanW9Ye6nv6Ojj"',
            '"client_secret": "abc123def456ghi7"',
            "X-Api-Key: TYkDaUZyFa4kmsvSGUCHkJHwcvKm8jfu",
            "Server=db;User Id=app;Password=Xy9!z;",
            "Authorization:  5eb4223e-5008-46e5-be67-c7b8f2732305",
            "--from-literal=password=Zq81kk",
            "Using Key=mlhekyjhs96mx0r2cxbzky4jzr83fw1q",
        ),
        misses=(
            "passwordPolicy: minLength 12",
            "secretKeyRef:",
            "token: ********",
            "password=REDACTED",
            "AWS_SECRET_ACCESS_KEY is not set",
            "max_tokens: 4096",
            "password: ${DB_PASSWORD}",
            "secretName: db-credentials",
            "cache-key: 9f8d111d8f8e3e88b6d7f8bbdf62fd3cd863ef9d",
            "Bearer $API_KEY",
            "token = os.environ['TOKEN']",
        ),
    ),
    Rule(
        "name and value of a pair",
        "secret",
        rf"""(?i)(?:\bname|\bkey|\bvar)["']?\s{{0,2}}[:=]\s{{0,2}}["']?(?P<k>[\w.-]{{2,100}})["']?\s{{0,4}},?\s{{1,80}}["']?value["']?\s{{0,2}}[:=]\s{{0,2}}{_VALUE}""",
        needles=("value",),
        accept=is_secret,
        lines=3,
        hits=(
            "- name: DB_PASSWORD\n  value: hunter22",
            '{"name": "API_TOKEN", "value": "abc123def456"}',
            '<add key="ApiKey" value="a1b2c3d4e5f6a7b8" />',
        ),
        misses=("- name: DB_PASSWORD\n  valueFrom:", "- name: PORT\n  value: 8080"),
    ),
    Rule(
        "argument after its name, in code",
        "secret",
        rf"""["'](?P<k>[\w.-]{{2,100}}+)["']\s{{0,4}},\s{{0,4}}(?=["']){_VALUE}""",
        needles=STEMS,
        accept=is_secret,
        hits=('req.Header.Set("X-Api-Key", "DyVdf7+cAXw4MH9gT1CPotU31RMl")', "os.putenv('DB_PASSWORD', 'abc')"),
        misses=('Set("Content-Type", "application/json")', '("token", "string")'),
    ),
    Rule(
        "argument of a function named after it",
        "secret",
        rf"""(?<!\w)(?P<k>[A-Za-z_]\w{{2,100}}+)\((?=["']){_VALUE}\)""",
        needles=STEMS,
        accept=is_secret,
        hits=('client.setApiKey("a1b2c3d4e5f6a7b8c9")',),
        misses=('getToken("name")', 'require("token")'),
    ),
    Rule(
        "flag",
        "secret",
        rf"""(?<![^\s"'=])--?(?P<k>[A-Za-z][\w.-]{{2,120}}+)(?:=|[ \t]{{1,4}})(?!-){ARGUMENT}""",
        needles=STEMS,
        accept=is_secret,
        hits=(
            "docker login -u ci --password gKmNHTy2GZXK",
            "--api-key=ab12cd34ef56",
            "-storepass changeit9",
            'JAVA_OPTS="-Djavax.net.ssl.keyStorePassword=Zq81"',
        ),
        misses=(
            "--password-stdin < file",
            "--token-file /run/token",
            "--password --verbose",
            "--auth none",
            "--token-ca-cert-hash sha256:9b2f1c7d0d3c4e5f",
        ),
    ),
    Rule(
        "XML element",
        "secret",
        r"<(?P<k>[\w.:-]{2,100}+)>(?P<v>[^<>\s]{3,4096})</",
        needles=("</",),
        accept=is_secret,
        hits=("<password>hunter2</password>", "<apiToken>11a2b3c4d5e6f7</apiToken>"),
        misses=("<tokenCount>12</tokenCount>", "<name>web</name>"),
    ),
    Rule(
        "told in a sentence",
        "secret",
        rf"(?i)(?<![\w-])(?P<k>key|token|secret|password|passwd|passphrase|passcode|pin)\b(?:\s{{1,3}}(?:is|was|to|as|for [\w@.-]{{1,60}} is))?:?\s{{1,3}}{_VALUE}",
        needles=STEMS,
        accept=is_told_secret,
        hits=("Your API2CART key is 2afddb813193eb9d3b5bd99bf5d834cd, which", "the password is Zx81-kkQ"),
        misses=(
            "the password is wrong",
            "token is expired",
            "key already exists (/vitess/zone1)",
            "password authentication failed",
            "cache key is linux-build-1",
        ),
    ),
    Rule(
        "HTTP authorization",
        "secret",
        r"(?i)authorization[\"']?\s{0,3}[:=,]\s{0,3}[\"']?(?:(?:bearer|basic|token|key|digest|negotiate|splunk|oauth|genie ?key|api-?key|sso-key|hawk) |(?=[^\s\"']{0,200}[\d=/+]))(?P<v>(?![$<{(%*\[])[\w.~+/=:-]{8,})"
        r"|(?<![\w-])(?:bearer|basic|splunk|apikey|genie ?key|sso-key|token token=)[ =]\"?(?P<w>(?=[^\s\"]{0,200}\d)[\w.~+/=-]{12,})",
        needles=("auth", "bearer", "basic ", "splunk ", "key", "token"),
        hits=(
            "> Authorization: Basic Y2k6Wm5wNHp6RHNk",
            "curl -H 'authorization: Bearer abcdefghijklmnop'",
            "Authorization: GenieKey eb243592-faa2-4ba2",
        ),
        misses=(
            "Authorization: Bearer $TOKEN",
            "basic authentication required",
            "bearer token missing",
            "authorization: none",
        ),
    ),
    Rule(
        "cookie",
        "secret",
        r"(?i)(?<![\w-])(?:set-)?cookie[\"']?\s{0,2}[:=]\s{0,2}[\"']?(?P<v>(?![$<{])[\w.-]{1,100}=[^\n\"']{3,4096})",
        needles=("cookie",),
        hits=("Set-Cookie: sid=31d4d96e407aad42; Path=/; HttpOnly", "cookie: _gitlab_session=deadbeef"),
        misses=("cookie: $C", "cookies are enabled"),
    ),
    Rule(
        "SQL account",
        "secret",
        r"(?i)(?:identified\s{1,4}(?:with\s{1,4}\S{1,60}\s{1,4})?(?:by|as)(?:\s{1,4}password)?|(?<!\w)password)\s{1,4}(?:=\s{0,3})?'(?P<v>[^'\n]{1,200})'",
        needles=("identified", "password ", "password\t"),
        accept=is_given_password,
        hits=("CREATE USER app IDENTIFIED BY 'Zq81'", "alter role app with password 'Zq81'"),
        misses=("IDENTIFIED BY ?", "password 'changeme'"),
    ),
    Rule(
        "password file of PostgreSQL",
        "secret",
        r"(?m)^[\w.*-]{1,255}:(?:\d{2,5}|\*):[\w*-]{1,63}:[\w*-]{1,63}:(?P<v>\S{1,200})$",
        needles=(":5432:", ":*:"),
        accept=is_given_password,
        hits=("db:5432:orders:app:Zq81",),
        misses=("*:*:a", "db:5432:orders:app"),
    ),
    Rule(
        "credentials of a container registry, of a cluster",
        "secret",
        r"(?:\"auth\"\s{0,4}:\s{0,4}\"|(?:client-key|client-certificate|certificate-authority)-data[\"']?:\s{0,4}[\"']?)(?P<v>[A-Za-z0-9+/]{8,}={0,2})",
        needles=('"auth"', "-data"),
        hits=('"auth": "dXNlcjpwYXNz"', "client-key-data: TUlJRXBBSUJBQUtDQVFFQQ=="),
        misses=('"auth": "none"', "client-key-data: null"),
    ),
)
