"""Secrets that tests plant, the texts that hold them, and whether bytes hold one of them, in any form."""

from __future__ import annotations

SECRETS = {
    "cloud key": "AKIA" + "Q3EGRIZ7LPMXW52T",
    "GitHub token": "ghp_" + "x7Kq2mVb9TzR4nWcY8sLpE3dHfJ6uA1gZo5Q",
    "Slack token": "xoxb-" + "2847261938-5739201847-kJ8sHd72hGs61LqPz",
    "Stripe key": "sk_live_" + "9fK2mQ7xTzB4vRnW8cYpLs3d",
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJvcHMtdXNlciJ9.Qk7x2VbTzR4nWcY8sLpE3dHfJ6uA1gZo",
    "password": "hunter2-Winter!94",
    "password in a URL": "s3cr3tPgPass77",
    "bearer": "b7Kq2mVb9TzR4nWcY8sLpE3dHfJ6uA1g",
    "private address": "10.20.30.44",
    "second private address": "192.168.77.13",
    "private IPv6": "fd12:3456:789a::42",
    "internal host": "db-primary-7.corp.internal",
    "e-mail": "maria.gonzales@customer-mail.de",
    "phone": "+49 151 23456789",
    "card": "4111 1111 1111 1111",
    "private key": "MIIEowIBAAKCAQEAvq3Kx7TzB4vRnW8cYpLs3dHfJ6uA1gZo5Qk2mVb9",
}
TOLD = "\n".join(
    (
        f"connect {SECRETS['internal host']} ({SECRETS['private address']}) failed",
        f"export AWS_ACCESS_KEY_ID={SECRETS['cloud key']}",
        f"git clone https://x:{SECRETS['GitHub token']}@github.com/a/b",
        f"SLACK_TOKEN={SECRETS['Slack token']} STRIPE={SECRETS['Stripe key']}",
        f"curl -H 'Authorization: Bearer {SECRETS['bearer']}' http://{SECRETS['second private address']}/health",
        f"token {SECRETS['JWT']}",
        f"mysql --password={SECRETS['password']} shop",
        f"postgres://app:{SECRETS['password in a URL']}@pg/shop via [{SECRETS['private IPv6']}]",
        f"mail {SECRETS['e-mail']}, call {SECRETS['phone']}, card {SECRETS['card']}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRETS['private key']}\n-----END RSA PRIVATE KEY-----",
    )
)
LINE = TOLD.replace("\n", ", ")
SHORT = f"Pool of {SECRETS['private address']} on {SECRETS['internal host']} is full"


def leaked(data: bytes) -> list[str]:
    """Which secrets some bytes hold: as they are, or as the words of a name."""
    low = data.lower()
    found = []
    for name, secret in SECRETS.items():
        plain = secret.lower()
        named = plain.replace(".", "_").replace(" ", "_"), plain.replace(".", "-").replace(" ", "-")
        if any(form.encode() in low for form in (plain, *named)):
            found.append(name)
    return found
