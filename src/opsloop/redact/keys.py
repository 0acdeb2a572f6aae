"""Rules: secrets that tell by their form wherever they stand, and are no prefixed tokens."""

# ruff: noqa: E501 - patterns and examples are read as wholes

from __future__ import annotations

from opsloop.redact.rule import Rule

_PEM = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"

KEYS = (
    Rule(
        "private key (PEM, OpenSSH, PGP)",
        "secret",
        rf"-----BEGIN {_PEM}(?:(?:[^-]|-(?!----)){{0,16000}}-----END {_PEM}|(?:\s{{1,80}}(?:[\w-]{{1,40}}: [^\n]{{0,200}}|[\w+/=]{{16,}}))*)",
        needles=("private key",),
        lines=400,
        hits=(
            "-----BEGIN PRIVATE ¦KEY-----\nMC4CAQAwBQYDK2VwBCIEILpAV\n-----END PRIVATE ¦KEY-----",
            '"-----BEGIN RSA PRIVATE ¦KEY-----\\nMIIEpAIBAAKCAQEA7\\n-----END RSA PRIVATE ¦KEY-----\\n"',
            "-----BEGIN OPENSSH PRIVATE ¦KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU",
        ),
        misses=("-----BEGIN PUBLIC KEY-----", "the private key is missing", "-----BEGIN CERTIFICATE-----"),
    ),
    Rule(
        "PEM in base64 (kubeconfig)",
        "secret",
        r"LS0tLS1CRUdJTi[\w+/=]{20}",
        tail=r"[\w+/=]*",
        needles=("ls0tls1crudjti",),
        hits=("client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlF",),
        misses=("LS0tLS1CRUdJTi",),
    ),
    Rule(
        "JSON Web Token (RFC 7519)",
        "secret",
        r"(?<![\w-])eyJ[\w-]{8,2048}={0,2}\.[\w-]{8}",
        tail=r"[\w.=-]*",
        needles=("eyj",),
        hits=("Bearer eyJhbGciOiJIUzI1NiJ9.¦eyJzdWIiOiIxIn0.c2lnbmF0dXJl",),
        misses=("eyJ.x", "keyJava.lang.String"),
    ),
    Rule(
        "credentials in a URL",
        "secret",
        r"(?i)[a-z][a-z0-9+.-]{1,30}(?:://|:\\/\\/)[^\s/@:\"'<>]{0,256}:(?P<v>(?![$<{%]\w*)[^\s/\"'<>]{1,512})@(?=[\w\[$<{-])",
        needles=("://", ":\\/\\/"),
        hits=(
            "postgresql://demo:demo55826@127.0.0.1:26257/movr",
            "https://x:y@ss@git.example.com/a.git",
            "redis://:s3cr3t@cache:6379/0",
            '{"url":"postgres:\\/\\/app:Zq81@pg:5432\\/app"}',
        ),
        misses=("http://host:80/path@x", "https://example.com", "postgres://app:${PASSWORD}@db/x", "ssh://git@host/x"),
    ),
    Rule(
        "token as the user of a URL",
        "secret",
        r"(?i)https?://(?P<v>[\w-]{16,512})@(?=\w)",
        needles=("://",),
        hits=("https://0123456789abcdef0123456789abcdef@o1.ingest.example.io/2",),
        misses=("https://alice:@host/x", "https://example.com/@web"),
    ),
    Rule(
        "credentials in a driver's address (Go MySQL, Oracle)",
        "secret",
        r"(?<![\w./-])[\w.-]{1,64}+(?::(?P<v>[^\s@\"'()]{1,256})@(?=(?:tcp|unix)\()|/(?P<w>[^\s@/\"']{3,256})@(?=(?://)?[\w.-]{1,255}:\d{2,5}/))",
        probe=r"@(?:(?:tcp|unix)\(|(?://)?[\w.-]{1,255}+:\d{2,5}/)",
        hits=("shop:hunter2@tcp(db:3306)/orders", "sqlplus scott/tiger9@//db:1521/XE"),
        misses=("app:${PASSWORD@tcp", "a/b@sha256:1", "@types/node"),
    ),
    Rule(
        "incoming webhook",
        "secret",
        r"(?i)https?://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/(?:v\d+/)?webhooks|"
        r"[\w.-]{1,100}\.webhook\.office\.com/webhookb?2?|outlook\.office\.com/webhook|hooks\.zapier\.com/hooks/catch|maker\.ifttt\.com/trigger|"
        r"events\.pagerduty\.com/integration|api\.telegram\.org/bot|chat\.googleapis\.com/v1/spaces|open\.feishu\.cn/open-apis/bot|hc-ping\.com|"
        r"[\w.-]{1,100}\.logic\.azure\.com[:\d]{0,4}/workflows|[\w.-]{1,100}/hooks/(?=[a-z0-9]{26}))[/\w][^\s\"'<>)\]]{6,}",
        needles=("://",),
        hits=(
            "https://hooks.slack.com/¦services/T0DCUJB1Q/B0DD08H5G/bJtrpFi1fO1JMCcwLx8uZyAg",
            "https://discord.com/¦api/webhooks/1234/abcDEF123",
        ),
        misses=("https://docs.example.com/webhooks", "https://hooks.slack.com/"),
    ),
    Rule(
        "Azure client secret",
        "secret",
        r"(?<![\w.~-])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~-])",
        needles=("q~",),
        hits=("abc8¦Q~0123456789abcdefghijABCDEFGHIJ.-_",),
        misses=("abcQ~1",),
    ),
    Rule(
        "AWS secret key next to its id",
        "secret",
        r"(?:AKIA|ASIA)[A-Z0-9]{16}[\"']?[,;:|\t ]{1,4}[\"']?(?P<v>[A-Za-z0-9/+]{40})(?![\w/+])",
        needles=("akia", "asia"),
        hits=("ci,AKIA¦Q3EGRK7JXXYZAB23,ho3Z1/7pPDBqwc5BYrw/eImf21nVn+bgWe8pK1U3",),
        misses=("Asia,Europe", "AKIA,ho3Z1"),
    ),
    Rule(
        "Terraform Cloud",
        "secret",
        r"(?<!\w)[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}",
        needles=(".atlasv1.",),
        hits=("0123456789abcd.¦atlasv1.0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH",),
        misses=("x.atlasv1.y",),
    ),
    Rule(
        "password hash (crypt)",
        "secret",
        r"(?:\$(?:1|2[abxy]?|5|6|7|8|9|14|y|apr1|argon2(?:id|i|d)|scrypt|sha1|md5)\$[\w./$=,+-]{16,}|\{S?SHA(?:256|512)?\}[\w+/=]{16,}|pbkdf2_sha\d{1,3}\$\d{1,8}\$[\w+/=$]{16,})",
        needles=("$", "sha}"),
        hits=("root:$6$saltsalt$0123456789abcdefghijklmnopqrstuvwxyz:19000", "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJ"),
        misses=("$1$2", "echo $6 $y$", "{SHA}x"),
    ),
)
