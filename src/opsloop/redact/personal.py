"""Rules: people and accounts. E-mail, telephone, payment card, bank account, cloud account."""

# ruff: noqa: E501 - patterns and examples are read as wholes

from __future__ import annotations

from opsloop.redact.judge import is_iban, is_phone, passes_luhn
from opsloop.redact.rule import Rule

_NO_DOMAIN = r"(?!(?:service|socket|target|timer|mount|slice|scope|device|swap|path|js|py|go|md|json|ya?ml)\b)"

PERSONAL = (
    Rule(
        "e-mail address",
        "email",
        rf"(?<![\w.+%-])(?!git@)[\w.+%-]{{1,64}}(?:@|%40)(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}{_NO_DOMAIN}[A-Za-z]{{2,18}}(?![\w(-])",
        needles=("@", "%40"),
        hits=("alice@domain.com", 'User "sre+x@team.example.org"', "bob%40corp.io"),
        misses=(
            "git@github.com:org/repo",
            "getty@tty1.service",
            "image@sha256:abc",
            "user@host",
            "@types/node",
            "pkg@1.2.3",
        ),
    ),
    Rule(
        "telephone number, international",
        "phone",
        r"(?<![\w.+)-])(?<!m=)\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}(?![\w:-])",
        shapes=("+0", "+00"),
        accept=is_phone,
        hits=("call +49 30 901820 12", "+1 (415) 555-2671", "+14155552671", "+33 6 12 34 56 78"),
        misses=("2026-01-31T12:00:00+02:00", "UTC+0200", "1.2.3+20240101120000", "+100 -20", "m=+10744.364754873"),
    ),
    Rule(
        "telephone number, under its name",
        "phone",
        r"(?i)(?<![a-z])(?:(?:tele|mobile[_ -]?)?phone|mobile?|cell|tel(?:efon)?|fax|handy|msisdn|whatsapp)(?:[ _-]?(?:number|no|nr))?\.?[\"']?\s{0,2}[:=]\s{0,3}[\"']?"
        r"(?P<v>(?:00|\(?0)?[1-9](?:\)?[ ./-]{0,3}\d){7,13})(?![\w:-])(?!\.\w)",
        needles=("phone", "mobil", "cell", "tel", "fax", "handy", "msisdn", "whatsapp"),
        accept=is_phone,
        hits=("mobile: 0171 2345678", "phone=2025550143", "Tel.: 030/9018 2012"),
        misses=("phone_count: 123456789", "mobile: 3", "tel: 9.10.2.3", "cell: 12 of 40"),
    ),
    Rule(
        "telephone number, North America",
        "phone",
        r"(?<![\w.+/-])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}(?![\w-])(?!\.\d)",
        shapes=("000-0000", "000.0000"),
        hits=("(415) 555-2671", "415-555-2671", "415.555.2671"),
        misses=("2026-01-3112", "10.415-555", "123-45-6789"),
    ),
    Rule(
        "payment card (ISO/IEC 7812)",
        "card",
        r"(?<![\w.-])(?:4\d{3}|5[1-5]\d{2}|2[2-7]\d{2}|6011|65\d{2}|64[4-9]\d|35\d{2})([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-])(?!\.\d)"
        r"|(?<![\w.-])3[47]\d{2}([ -]?)\d{6}\2\d{5}(?![\w-])|(?<![\w.-])3[068]\d{2}([ -]?)\d{6}\3\d{4}(?![\w-])",
        shapes=("0000 0000 0000", "0000-0000-0000", "00000000000000", "0000 000000 0000", "0000-000000-0000"),
        accept=passes_luhn,
        hits=("4111 1111 1111 1111", "5500-0000-0000-0004", "pan=378282246310005"),
        misses=("4111 1111 1111 1112", "1769860800000000000", "4000000000000", "0.4111111111111111"),
    ),
    Rule(
        "bank account (ISO 13616)",
        "iban",
        r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)",
        shapes=("AA00",),
        accept=is_iban,
        hits=("IBAN DE89370400440532013000 rejected", "GB29 NWBK 6016 1331 9268 19"),
        misses=("DE89370400440532013001", "AB12CDEF"),
    ),
    Rule(
        "social security number",
        "person",
        r"(?i)(?:ssn|social security)[^\n\d]{0,20}(?P<v>\d{3}-\d{2}-\d{4})(?!\d)",
        needles=("ssn", "social security"),
        hits=("SSN: 078-05-1120",),
        misses=("session 078-05-11", "ssn missing"),
    ),
    Rule(
        "AWS account",
        "account",
        r"(?i)(?:arn:aws[\w-]*:[\w-]*:[\w-]*:|acc(?:oun)?t[\w \"'-]{0,12}[:=]?\s{0,2}[\"']?|(?<![\d.])(?=\d{12}\.(?:dkr\.ecr|signin\.aws)\.)|--account-ids? |\.amazonaws\.com/(?=\d{12}/)|-(?=\d{12}-(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-[a-z]{4,9}-\d)|"
        r"(?:owner-?id|owner|principal|aws)[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(?P<v>\d{12})(?!\d)",
        needles=("arn:aws", "account", "acct", ".dkr.ecr.", "owner", "principal", "amazonaws", "signin"),
        shapes=("-000000000000-",),
        hits=(
            "arn:aws:sqs:us-east-1:123456789012:q",
            "account 123456789012",
            "acct 123456789012",
            "896467359173.dkr.ecr.eu-west-1.amazonaws.com/api",
            '"Account": "123456789012"',
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
            "s3://assets-123456789012-eu-west-1/x",
        ),
        misses=("arn:aws:s3:::bucket", "123456789012 bytes", "account_name=web"),
    ),
    Rule(
        "cloud subscription, project or customer account",
        "account",
        r"(?i)(?:/subscriptions/|subscription[\w -]{0,6}[:=\s]\s{0,2}[\"']?|tenant[\w -]{0,6}[:=\s]\s{0,2}[\"']?|account[ _-]?id[\"']?\s{0,2}[:=]\s{0,2}[\"']?)"
        r"(?P<v>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|\d{6,18})(?!\w)"
        r"|(?:projects?/|project[ _-]?number[\"']?\s{0,2}[:=]\s{0,2}[\"']?)(?P<w>\d{9,14})(?!\w)",
        needles=("subscription", "tenant", "account", "projects/", "project"),
        hits=(
            "/subscriptions/0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d/resourceGroups",
            "account_id=88231764",
            "projects/123456789012/secrets",
        ),
        misses=("projects/web", "account 12", "subscription canceled"),
    ),
    Rule(
        "vendor account",
        "account",
        r"(?<![\w-])(?:acct|cus|sub|cust)_[A-Za-z0-9]{14,24}(?!\w)",
        needles=("acct_", "cus_", "sub_", "cust_"),
        hits=("acct_1032D82eZvKYlo2C", "customer cus_NffrFeUfNV2Hib"),
        misses=("sub_total", "focus_14"),
    ),
)
