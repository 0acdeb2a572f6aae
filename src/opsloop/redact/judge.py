"""Is this value a secret, given the name it stands under? Judgements shared by the rules of the table."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from opsloop.redact.rule import GROUPS

PASSWORDS = (
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pwd",
    "requirepass",
    "masterauth",
    "storepass",
    "keypass",
    "userpass",
    "bindpw",
    "rootpw",
    "psk",
)
"""Names whose value is secret whatever it looks like."""

STRONG = (
    *("secret", "token", "apikey", "accesskey", "authkey", "privatekey", "credential", "authorization", "bearer"),
    *("signingkey", "encryptionkey", "masterkey", "accountkey", "sharedkey", "storagekey", "licensekey", "deploykey"),
    *("sessionid", "sessionkey", "connectionstring", "clientkey", "servicekey", "writekey", "integrationkey"),
    *("routingkey", "appkey", "applicationkey", "instrumentationkey", "webhookkey", "cookie", "jwt", "hmac", "otp"),
    *("honeycombteam",),
)
"""Names whose value is secret unless it is a plain word or a number."""

WEAK = frozenset(("key", "keys", "auth", "cred", "creds", "api", "pass", "pw", "pat", "sig", "signature", "sid", "dsn"))
"""Last words of names whose value is secret if it looks random."""

STEMS = (
    *("pass", "secret", "token", "key", "auth", "cred", "bearer", "session", "cookie", "sig=", "signature"),
    *("dsn", "jwt", "connectionstring", "hmac", "otp", "pw", "psk", "pat=", "pat:", "sid=", "sid:"),
    *("honeycomb-team", "honeycomb_team"),
)
"""Lower-case parts that every name of a secret has at least one of: where rules need to look."""

_WORDS_LOGINS = """
db database user usr admin root sa sql mysql mariadb pg postgres postgresql oracle mongo redis cassandra elastic es
influx rabbit rabbitmq amqp mqtt kafka smtp imap mail email ftp sftp ssh ldap bind http https proxy login service svc
app client wifi vpn sudo become keystore truststore store basic default
"""
_LOGINS = frozenset(_WORDS_LOGINS.split())
"""What has passwords: with ``pass`` behind it the name is one of a password, ``DB_PASS``."""

_WORDS_ABOUT = """
name names ref refs policy length len count type types path paths file files filename url uri endpoint dir ttl
expiry expires expiration expired version size limit limits usage label field rotation age enabled required
max min provider manager store class status state arn budget kind mode format prefix suffix scope scopes
review reviews controller driver request requests header column param parameter placeholder regex pattern
validation validator server service host stdin issuer audience algorithm alg bits mount mounts volume volumes
error errors hint reset attempts rate bucket per
"""
_ABOUT = frozenset(_WORDS_ABOUT.split())
"""Last words that make a name speak about a secret and not hold one: ``secretName``, ``token_count``."""

_WORDS_HARMLESS = """
public cache primary foreign partition sort idempotency checksum sha sha1 sha256 sha512 md5 digest fingerprint
thumbprint commit etag integrity image dedup dedupe object pattern sort-key pub revision tree parent blob
keyid signed
"""
_HARMLESS = frozenset(_WORDS_HARMLESS.split())
"""Words that make a key a harmless one: ``cache-key``, ``public_key``."""

_WORDS_PLACEHOLDERS = """
redacted masked hidden removed omitted secret password passwd token apikey key null none nil true false
undefined changeme example placeholder string str text bytes int value unset empty unknown required optional
missing invalid expired incorrect wrong yes no on off default opaque sensitive basic bearer digest negotiate
username user enc enabled disabled
"""
_PLACEHOLDERS = frozenset(_WORDS_PLACEHOLDERS.split())

_SOURCE = re.compile(
    r"\.(?:java|kts?|scala|groovy|py|go|rs|rb|php|cs|cc?|cpp|hh?|hpp|[cm]?[jt]sx?|swift|ex|lua|pl|vue|sh|sql|tf|md|rst|txt|html?|xml|"
    r"ya?ml|json|toml|ini|conf|cfg|log|properties)",
    re.IGNORECASE,
)
"""How names of files end that speak of secrets: ``PasswordEncoder.java:142``."""
_WORD_BEFORE = re.compile(r"([A-Za-z\d]+)[ -]\Z")
_IN_USE = re.compile(r"\busing (?:the )?(?:[\w.-]{1,40} ){1,3}\Z", re.IGNORECASE)
_KEY_ID = re.compile(r"[0-9A-F]{8}(?:[0-9A-F]{8}(?:[0-9A-F]{24})?)?")
"""How OpenPGP names keys."""
_GROUPED = re.compile(r"[A-Za-z0-9]{4}(?: [A-Za-z0-9]{4}){3,5}")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TELLING = 96
"""Characters of a long value that are looked at: chance shows in fewer."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DIGEST = re.compile(r"(?:sha-?\d{1,3}|md5|h1)[:-]", re.IGNORECASE)
_REFERENCE = re.compile(
    r"[$%<{`(*@#\\]|.{0,40}(?:\$\{|\{\{|\$\(|<%)|(?:process|os|config|cfg|settings|secrets|var|local|data|env|self|this|params|"
    r"request|req|module|input|inputs|github|ctx|opts|options|args|values)\.|(?:os\.)?getenv|vault:|ref\+|file:|arn:|op://"
)
_CALLED = re.compile(r"\b(?:api|auth|access|integration|license|routing|service)[ _-](?:key|token)$")
_MASK = re.compile(r"\[[a-z]+:[0-9a-f]{8}\]")


def is_placeholder(value: str) -> bool:
    """Text that stands for a value, a reference to where the value is, or a mask of ours."""
    bare = value.strip("\"'`*.,;:!-_ ").lower()
    if (
        len(set(bare)) <= 2
        or bare in _PLACEHOLDERS
        or bare.startswith(("your", "xxx", "insert", "replace", "changeme"))
    ):
        return True
    return bool(_REFERENCE.match(value) or _MASK.search(value))


def looks_random(value: str, *, least: int = 16) -> bool:
    """No person made this up: letters and digits in turn, too long for a word and not a name made of words.

    UUIDs, versions and names with a generated tail (pods) do not count.
    """
    if len(value) < least or _UUID.fullmatch(value) or _DIGEST.match(value):
        return False
    value = value[:_TELLING]
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if digits < 2 or letters < 4 or digits + letters < 0.75 * len(value):
        return False
    turns = sum(a.isdigit() != b.isdigit() for a, b in pairwise(value))
    longest_word = max((len(word) for word in _WORDS.findall(value)), default=0)
    return turns >= 3 and (longest_word <= 8 or turns >= len(value) // 5) and len(set(value)) >= 8


@lru_cache(maxsize=4096)
def strength(name: str) -> int:
    """How surely the value under this name is secret: 3 a password, 2 a secret, 1 if it looks random, 0 not."""
    words = (
        [word.lower() for word in _WORDS.findall(name)] if not _SOURCE.fullmatch(name, max(0, name.rfind("."))) else []
    )
    joined = "".join(words)
    password = any(word in joined for word in PASSWORDS)
    if not words or words[-1] in _ABOUT or _HARMLESS.intersection(words) or (words[-1] == "hash" and not password):
        return 0
    if password or (words[-1] == "pass" and _LOGINS.intersection(words)):
        return 3
    if words[-1] == "id" and "session" not in words:
        return 1
    if any(word in joined for word in STRONG):
        return 1 if words[-1] == "tokens" else 2
    if WEAK.intersection(words) or joined.endswith(("key", "auth", "pass", "pwd")):
        return 1
    return 0


def value_of(match: re.Match[str]) -> str:
    """What the rule would mask: the bare, the quoted or the whole."""
    groups = match.groupdict()
    return next((groups[name] for name in GROUPS if groups.get(name)), "") if groups else match.group()


def is_secret(match: re.Match[str]) -> bool:
    """A value under the name ``k`` of the match."""
    value, level = value_of(match), strength(match["k"])
    if not level or len(value) < 3 or is_placeholder(value):
        return False
    if level == 3:
        return not value[0].isspace()
    if level == 2:
        return looks_secret(value)
    name = match["k"].lower()
    before = match.string[max(0, match.start("k") - 64) : match.start("k")]
    if name in ("pass", "pw"):
        mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
        return mixed and looks_secret(value) and match.string[match.end("k")] == "="
    if (word := _WORD_BEFORE.search(before)) and word[1].lower() in _HARMLESS:
        return False
    return looks_random(value) or bool(name == "key" and _UUID.fullmatch(value) and _IN_USE.search(before))


def is_told_secret(match: re.Match[str]) -> bool:
    """A value in a sentence: only what is no word."""
    value = value_of(match).rstrip(".!?:")
    before = match.string[max(0, match.start("k") - 24) : match.start("k")].lower()
    if is_placeholder(value) or _KEY_ID.fullmatch(value) or any(word in before for word in _HARMLESS):
        return False
    if match["k"].lower().startswith(("pass", "pw")):
        return len(value) >= 6 and any(map(str.isdigit, value)) and not value.isdigit() and "=" not in value
    named = _CALLED.search(before + match["k"].lower())
    return looks_random(value) or bool(named and _UUID.fullmatch(value))


def is_listed(match: re.Match[str]) -> bool:
    """A value in the cell next to its name: only what no person made up."""
    return strength(match["k"]) >= 2 and looks_random(value_of(match))


def is_shown(match: re.Match[str]) -> bool:
    """A value that stands alone: what it is was asked for before; no plain word, no number."""
    value = value_of(match).strip(".,:;!?")
    return not (value.isalpha() or value.isdigit() or value.startswith(("-", "/")) or is_placeholder(value))


def is_given_password(match: re.Match[str]) -> bool:
    """A value that a command line gives as a password: all but references, placeholders and numeric user ids."""
    value = value_of(match)
    user = match.groupdict().get("k") or ""
    return not (is_placeholder(value) or value.startswith(("-", "/")) or (value.isdigit() and user.isdigit()))


def looks_secret(value: str) -> bool:
    """Under a strong name: anything but a plain word, a path, a number or a short text."""
    if _UUID.fullmatch(value) or (_GROUPED.fullmatch(value) and not value.islower()):
        return True
    if len(value) < 6 or value.isdigit() or " " in value or value.startswith(("/", "./", "http://", "https://")):
        return False
    kinds = sum((any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value))))
    if value.replace("-", "").replace("_", "").replace(".", "").isalpha():
        return len(value) >= 20 and kinds > 1 and not re.search(r"[-_.]|[A-Z][a-z]{4,}", value)
    return kinds > 1 or len(value) >= 20 or bool(re.search(r"[^\w.-]", value))


def passes_luhn(match: re.Match[str]) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    digits = [int(char) for char in match.group() if char.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0 and len(set(digits)) > 1


def is_iban(match: re.Match[str]) -> bool:
    """Remainder 1 modulo 97 (ISO 13616)."""
    text = match.group().replace(" ", "")
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


_VERSION_BEFORE = re.compile(
    r"(?:\bversions?[\"']?(?:\s?[:=]|\sis)?\s?[\"'(]?v?|grad(?:e|ed|es|ing)\s(?:\S{1,40}\s)?from\s(?:\d[\w.-]{1,30}\s(?:to|->|=>)\s)?|"
    r"\b(?:release|firmware|build|driver|oracle(?:\s(?:database|client))?)\sv?)\Z",
    re.IGNORECASE,
)
_VERSION_AFTER = re.compile(
    r"-\d{1,4}(?:[a-z~+]|\.(?:\d{1,3}\.)?(?:el|fc|amzn)|[ \t](?:amd64|arm64|all|x86_64|noarch|i386)\b)"
    r"|\s(?:up|down)graded\b"
)


def is_address(match: re.Match[str]) -> bool:
    """Four numbers that are no version: not called one, and without a package's revision."""
    text, start = match.string, match.start()
    return not (_VERSION_BEFORE.search(text, max(0, start - 80), start) or _VERSION_AFTER.match(text, match.end()))


def is_phone(match: re.Match[str]) -> bool:
    """Nine to fifteen digits (ITU-T E.164)."""
    return 9 <= sum(map(str.isdigit, value_of(match))) <= 15
