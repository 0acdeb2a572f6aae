"""Rules: tokens that tell by their own form whose they are. Prefixes as the vendors document them.

A token is looked for where a run of token characters begins; ``needles`` are its prefixes, lower case.
"""

from __future__ import annotations

import re

from opsloop.redact.judge import looks_random
from opsloop.redact.rule import Rule


def _token(name: str, prefixes: str, tail: str, example: str) -> Rule:
    """A row of the table: vendor, prefixes separated by blanks, pattern of what follows, an example of what follows."""
    starts = prefixes.split()
    escaped = "|".join(start.replace(".", r"\.").replace("$", r"\$") for start in starts)
    return Rule(
        name,
        "secret",
        f"(?:{escaped}){tail}",
        needles=tuple(start.lower() for start in starts),
        hits=(f"{starts[0]}¦{example}", f"token {starts[-1]}¦{example}, then"),
        misses=(f"{starts[0]}x", f"{starts[0]} {example[:3]}"),
    )


_HEX32 = "0123456789abcdef0123456789abcdef"
_MIXED = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6a7B8c9D0e1F2g3H4"

TOKENS = (
    _token(
        "AWS access key id",
        "AKIA ASIA ABIA ACCA AROA AIDA AGPA ANPA ANVA AIPA",
        "[A-Z0-9]{16,17}(?![A-Z0-9])",
        "Q3EGRK7JXXYZAB23",
    ),
    _token("AWS Bedrock key", "ABSKQmVkcm9ja0FQSUtleS bedrock-api-key-", r"[\w+/=-]{30,}", _MIXED),
    _token("Google API key", "AIza", r"[\w-]{35}", _MIXED[:35]),
    _token("Google OAuth", "ya29. GOCSPX-", r"[\w-]{20,}", _MIXED[:28]),
    _token("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", r"\w{36,255}", _MIXED[:36]),
    _token("GitHub, fine-grained", "github_pat_", r"\w{22,}", _MIXED),
    _token(
        "GitLab",
        "glpat- glsoat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glffct- glwt- GR1348941",
        r"[\w.-]{18,}",
        _MIXED[:20],
    ),
    _token(
        "Slack",
        "xoxb- xoxa- xoxp- xoxo- xoxs- xoxr- xoxe- xoxe. xoxc- xoxd-",
        r"(?=[\w.%-]*\d)[\w.%-]{12,}",
        "523423-234243-234233-e039d02840a0",
    ),
    _token("Slack app", "xapp-", r"\d-[\w-]{20,}", "1-A0123456789-0123456789012-" + _HEX32),
    _token(
        "Stripe", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_", "[A-Za-z0-9+/=]{10,}", _MIXED[:24]
    ),
    _token("SendGrid", "SG.", r"[\w-]{16,32}\.[\w-]{16,64}", f"{_MIXED[:22]}.{_MIXED[:43]}"),
    _token("Twilio", "SK AC", "[0-9a-f]{32}(?![0-9a-f])", _HEX32),
    _token("Mailgun", "key- pubkey-", "[0-9a-f]{32}", _HEX32),
    _token("npm", "npm_", "[A-Za-z0-9]{36}", _MIXED[:36]),
    _token("PyPI", "pypi-AgE", r"[\w-]{50,}", _MIXED),
    _token("RubyGems", "rubygems_", "[0-9a-f]{48}", _HEX32 + _HEX32[:16]),
    _token("crates.io", "cio", "[A-Za-z0-9]{32}", _MIXED[:32]),
    _token("NuGet", "oy2", "[a-z0-9]{43}", (_HEX32 * 2)[:43]),
    _token("Clojars", "CLOJARS_", "[a-z0-9]{60}", (_HEX32 * 2)[:60]),
    _token("Docker Hub", "dckr_pat_ dckr_oat_", r"[\w-]{20,}", _MIXED[:27]),
    _token("HashiCorp Vault", "hvs. hvb. hvr.", r"[\w-]{20,}", _MIXED[:24]),
    _token("HashiCorp Vault before 1.10", "s. b.", r"(?=[A-Za-z]*\d)[A-Za-z0-9]{24}(?![\w.-])", _MIXED[:24]),
    _token("Databricks", "dapi", r"[0-9a-f]{32}(?:-\d)?", _HEX32),
    _token("New Relic", "NRAK- NRII- NRJS- NRRA- NRSP- NRBR-", r"[\w-]{16,}", _MIXED[:27].upper()),
    _token("Shopify", "shpat_ shpca_ shppa_ shpss_ shpua_", "[0-9a-fA-F]{32}", _HEX32),
    _token("Square", "sq0atp- sq0csp- sq0idp- EAAA", r"[\w-]{22,}", _MIXED[:60]),
    _token("Facebook", "EAAC EAAB EAAD EAAM EAAG EAA", "[A-Za-z0-9]{30,}", _MIXED),
    _token(
        "OpenAI, Anthropic, OpenRouter, DeepSeek",
        "sk-ant- sk-or- sk-proj- sk-svcacct- sk-admin- sk-",
        r"[\w-]{20,}",
        _MIXED,
    ),
    _token("Hugging Face", "hf_ api_org_", "[A-Za-z0-9]{30,}", _MIXED[:34]),
    _token("Model hosts", "gsk_ r8_ xai- pplx- fw_ nvapi- tgp_v1_ csk-", r"[\w-]{24,}", _MIXED[:52]),
    _token("Grafana", "glc_ glsa_ eyJrIjoi", r"[\w+/=-]{30,}", _MIXED),
    _token("Atlassian", "ATATT3 ATCTT3 ATBB", r"[\w=.-]{24,}", _MIXED),
    _token("Notion", "ntn_ secret_", "[A-Za-z0-9]{40,}", _MIXED[:46]),
    _token("DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", "[0-9a-f]{64}", _HEX32 * 2),
    _token("Doppler", "dp.pt. dp.st. dp.sa. dp.ct. dp.scim. dp.audit.", r"[\w.-]{40,}", _MIXED[:43]),
    _token(
        "Dynatrace",
        "dt0c01. dt0s01. dt0s02. dt0s08. dt0s16.",
        r"[A-Z0-9]{24}\.[A-Z0-9]{64}",
        f"{_MIXED[:24].upper()}.{_MIXED[:64].upper()}",
    ),
    _token(
        "LaunchDarkly",
        "api- sdk- mob-",
        r"[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}",
        "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d",
    ),
    _token(
        "HubSpot", "pat-na1- pat-na2- pat-eu1-", r"[0-9a-f]{8}-[0-9a-f-]{27}", "0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d"
    ),
    _token("Harness", "pat. sat.", r"[\w-]{22}\.[0-9a-f]{24}\.\w{20}", f"{_MIXED[:22]}.{_HEX32[:24]}.{_MIXED[:20]}"),
    _token("Heroku", "HRKU-", r"[\w-]{36,}", _MIXED[:58]),
    _token("JFrog", "AKCp cmVmdGtu", "[A-Za-z0-9]{50,}", _MIXED),
    _token("Linear", "lin_api_ lin_oauth_", "[A-Za-z0-9]{40,}", _MIXED[:40]),
    _token("Octopus Deploy", "API-", "[A-Z0-9]{26}", "ZNRMR7SL6L3ATMOIK7GKJDKLPZ"),
    _token("1Password", "ops_eyJ", r"[\w+/=-]{100,}", _MIXED * 2),
    _token(
        "1Password secret key",
        "A3-",
        "[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
        "A1B2C3-D4E5F6-G7H8J-K9L0M-N1P2Q-R3S4T",
    ),
    _token("PlanetScale", "pscale_tkn_ pscale_oauth_ pscale_pw_", r"[\w.=-]{32,64}", _MIXED[:43]),
    _token("Postman", "PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}", f"{_HEX32[:24]}-{_HEX32}01"),
    _token("Prefect, Pulumi", "pnu_ pul-", "[0-9a-z]{36,40}", (_HEX32 * 2)[:40]),
    _token("Brevo", "xkeysib- xsmtpsib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}", f"{_HEX32 * 2}-{_MIXED[:16]}"),
    _token("Sentry", "sntrys_ sntryu_ sntrya_", r"[\w+/=]{40,}", _MIXED),
    _token("Shippo, Lob", "shippo_live_ shippo_test_ live_ test_", "[0-9a-f]{35,40}", (_HEX32 * 2)[:40]),
    _token(
        "Sonar, Sourcegraph", "sqp_ sqa_ squ_ sgp_ slk_", r"(?:[a-z0-9]{5,16}_)?[0-9a-fA-F]{40,64}", (_HEX32 * 2)[:40]
    ),
    _token("Supabase", "sbp_ sb_secret_", r"[\w-]{30,}", (_HEX32 * 2)[:40]),
    _token("Tailscale", "tskey- tskey-api- tskey-auth-", r"[\w-]{12,}", _MIXED[:30]),
    _token("Telegram bot", "AAE AAF AAG AAH", r"[\w-]{32}(?![\w-])", _MIXED[:32]),
    _token("Adobe", "p8e-", "[a-z0-9]{32}", _HEX32),
    _token("age", "AGE-SECRET-KEY-1", "[0-9A-Z]{58}", (_MIXED * 2)[:58].upper()),
    _token("Alibaba, Tencent", "LTAI AKID", "[A-Za-z0-9]{12,36}(?![A-Za-z0-9])", _MIXED[:20]),
    _token("Yandex", "AQVN t1.", r"[\w.=-]{35,}", _MIXED),
    _token("Typeform", "tfp_", r"[\w.-]{40,}", _MIXED[:59]),
    _token("Duffel, EasyPost", "duffel_live_ duffel_test_ EZAK EZTK", r"[\w=-]{43,}", _MIXED[:54]),
    _token("Flutterwave", "FLWSECK_TEST- FLWSECK-", "[0-9a-hA-H-]{12,}", _HEX32),
    _token("OpenShift", "sha256~", r"[\w-]{43}", _MIXED[:43]),
    _token("Airtable", "pat", r"[A-Za-z0-9]{14}\.[0-9a-f]{64}", f"{_MIXED[:14]}.{_HEX32 * 2}"),
    _token("Terraform Cloud, Dropbox", "sl.", r"[\w=-]{100,}", _MIXED * 2),
    _token("Infracost, ReadMe, Scalingo", "ico- rdme_ tk-us-", r"[\w-]{32,}", _MIXED),
    _token("Frame.io, Fly.io", "fio-u- fo1_ fm1r_ fm1a_ fm2_", r"[\w+/=-]{40,}", _MIXED),
    _token(
        "42 Intra, Plaid", "s-s4t2ud- s-s4t2af- access-production- access-sandbox-", r"[0-9a-f-]{36,64}", _HEX32 * 2
    ),
    _token(
        "Okta, Confluent, Azure DevOps: see the name",
        "CCIPAT_ lsv2_pt_ lsv2_sk_ apify_api_ rootly_ jca_ essu_",
        r"\w{30,}",
        _MIXED[:40],
    ),
)

_HASH_NEAR = re.compile(
    r"sha[1235]|md5|h1:|digest|checksum|integrity|fingerprint|etag|hash|commit|public.?key|amz-id|request.?id",
    re.IGNORECASE,
)
_NEAR = 48
"""Characters to the left of a run that may say what it is."""
_BASE64_BEFORE = re.compile(r"[\w+/=-]*\Z", re.ASCII)
_DATED = re.compile(r"\d{4}-\d\d-\d\d")
_MAILERS = re.compile(r"[0-9a-f]{32}-(?:us\d{1,2}|[0-9a-f]{8}-[0-9a-f]{8})")


def is_stray(run: str, text: str, at: int) -> bool:
    """A long run of mixed capitals, small letters and digits in no order: some key, whoever issued it.

    ``text`` is where it stands: what is called a hash to its left is one. Lower-case hex (commits, digests) does not
    count, but in the forms that Mailchimp and Mailgun give their keys.
    """
    if run[32:33] == "-" and _MAILERS.fullmatch(run):
        return True
    if len(run) < 30 or _DATED.match(run) or run.islower() or run.isupper() or run.isalpha():
        return False
    if not looks_random(run) or sum(map(str.isdigit, run)) < 3:
        return False
    return not _HASH_NEAR.search(text, max(0, base64_start(text, at) - _NEAR), at)


def base64_start(text: str, at: int) -> int:
    """Where the base64 begins that a run at this place belongs to: runs end at slashes."""
    return at - len(_BASE64_BEFORE.search(text, max(0, at - 256), at).group())  # type: ignore[union-attr]
