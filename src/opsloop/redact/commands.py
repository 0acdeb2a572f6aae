"""Rules: secrets that a command line gives to a program, by what that program's options mean."""

# ruff: noqa: E501 - patterns and examples are read as wholes

from __future__ import annotations

from opsloop.redact.judge import is_given_password, is_secret, is_shown
from opsloop.redact.rule import ARGUMENT, Rule

_REST = r"[^\n|;]{0,400}?"

COMMANDS = (
    Rule(
        "user and password of curl",
        "secret",
        r"(?:(?<=\s)-[uU]|(?<=\bhttp\s)-a|(?<=\bhttps\s)-a|--user|--proxy-user|--(?:src-|dest-)?creds)[ =]{0,2}[\"']?(?P<k>[^\s:\"']{0,200}):(?P<v>[^\s\"']{1,200})"
        r"|(?:(?<=\s)-u|--user)[ =]{0,2}[\"']?(?P<w>[^\s:\"'$]{8,200}):(?=[\s\"'])",
        needles=(" -u", "-user", " -a ", "creds"),
        accept=is_given_password,
        hits=(
            "curl -u admin:hunter2 https://x",
            'curl -u "d2LkV78zLx!t:" https://localhost:9200',
            "--user 'ci:Zq81'",
            "skopeo copy --src-creds=ci:Zq81 a b",
        ),
        misses=('curl -u "${_username}:${_password}"', "docker run -u 1000:1000", "mysql -u root", 'sort -u "a"'),
    ),
    Rule(
        "password of a database client, glued",
        "secret",
        rf"(?i)(?<![\w-])(?:mysql\w{{0,40}}+|mariadb[\w-]{{0,40}}+|mycli|xtrabackup|innobackupex|7za?|unrar|rar){_REST}\s-p{ARGUMENT}",
        needles=(" -p",),
        accept=is_given_password,
        hits=('mysql -u root -p22KeNsCC7c2V -h 127.0.0.1 -e "show processlist"', "mysqldump --all -p'a b' > x"),
        misses=("mysql -u root -p -h db", "mysql -h db -P 3306"),
    ),
    Rule(
        "password flag of one letter",
        "secret",
        rf"(?i)(?<![\w-])(?:(?:sshpass|cqlsh|mongo\w{{0,40}}+|(?:docker|podman|nerdctl|oc|crane|skopeo|helm|az|cf|tsh)\s(?:\w{{1,20}}\s)?login){_REST}\s-p"
        rf"|(?:redis-cli|valkey-cli|keydb-cli|redis-benchmark|redis-\w{{1,40}}+){_REST}\s-a|(?:ldap\w{{1,40}}+){_REST}\s-[ws]"
        rf"|(?:sqlcmd|bcp|ipmitool|unzip|zip|isql|tsql|mosquitto_\w{{1,40}}+){_REST}\s-P|snmp\w{{1,40}}+{_REST}\s-[Ac]|(?:plink|pscp|psftp|winscp){_REST}\s-pw|psexec\w{{0,40}}+{_REST}\s-p"
        rf"|az\s(?:sql|mysql|mariadb|postgres|synapse|acr){_REST}\s-p)\s{{0,3}}{ARGUMENT}",
        needles=(" -p", " -a ", " -w ", " -x ", " -c ", " -s "),
        accept=is_given_password,
        hits=(
            "redis-cli -h cache -a s3cr3t ping",
            "sshpass -p hunter2 ssh x",
            "docker login -u ci -p Zq81 reg",
            "ldapsearch -x -w Pa55 -b dc",
            "sqlcmd -S db -U sa -P Zq81",
            "snmpwalk -v2c -c Zq81 switch",
            "plink -ssh ops@host -pw Zq81",
            "az sql server create -n s -u admin -p 'Zq81#x'",
        ),
        misses=(
            "docker run -p 8080:80 web",
            "mongo --port 27017",
            "redis-cli ping",
            "ssh -p 2222 host",
            "az webapp create -p plan",
        ),
    ),
    Rule(
        "password as a word of a command",
        "secret",
        rf"(?i)(?:(?:rabbitmqctl|rabbitmqadmin){_REST}\s(?:add_user|change_password|authenticate_user)\s{{1,3}}\S{{1,100}}|htpasswd\s-\w{{0,8}}b\w{{0,8}}\s\S{{1,200}}\s\S{{1,100}}"
        rf"|login\s{{1,8}}\S{{1,100}}\s{{1,8}}password|(?m:^)\s{{0,8}}(?:requirepass|masterauth|auth_pass|r[ow]community6?)|config set (?:requirepass|masterauth)|pass(?:in|out|word)?[ =]{{1,2}}pass:"
        rf"|wpa_passphrase\s{{1,3}}\S{{1,100}}|mc\salias\sset\s{{1,3}}\S{{1,60}}\s{{1,3}}\S{{1,200}}\s{{1,3}}\S{{1,100}}|encrypt_string\s{{1,3}}(?!-)|vault\slogin\s{{1,3}}(?![-\w]{{1,40}}=))\s{{0,8}}{ARGUMENT}",
        needles=(
            *("rabbitmq", "htpasswd", "login ", "login\t", "requirepass", "masterauth", "auth_pass", "community"),
            *("pass:", "wpa_pass", "encrypt_string", "mc alias"),
        ),
        accept=is_given_password,
        hits=(
            "rabbitmqctl add_user app Zq81kk",
            "htpasswd -bc f admin Zq81",
            "machine x login ci password Zq81",
            "requirepass Zq81",
            "port 6379\nmasterauth Zq81",
            "rocommunity Zq81 default",
            "openssl rsa -passin pass:Zq81",
            "openssl pkcs12 -export -password pass:Zq81",
            "wpa_passphrase office Zq81kk",
            "ansible-vault encrypt_string 'Zq81' --name db",
            "vault login s.Zq81kk",
            "mc alias set prod https://minio.example.org admin Zq81kk",
        ),
        misses=("rabbitmqctl list_users", "login failed", "vault login -method=oidc", "encrypt_string --stdin-name x"),
    ),
    Rule(
        "login at Redis",
        "secret",
        r"(?:(?m:^)[^\n]{0,80}?>\s{0,3}|(?m:^)\s{0,3}|\bHELLO \d )AUTH[ \t]{1,4}(?:[\w.@-]{1,64}[ \t]{1,4})?[\"']?(?P<v>[^\s\"']{3,512})[\"']?\s{0,3}(?m:$)",
        needles=("auth ", "auth\t"),
        accept=is_shown,
        hits=("127.0.0.1:6379> AUTH Zq81", "AUTH default Zq81kk", "> HELLO 3 AUTH app Zq81"),
        misses=("AUTH failed", "AUTH required for user app", "AUTH: ok"),
    ),
    Rule(
        "cookie of curl",
        "secret",
        r"curl(?=\s)[^\n|;]{0,400}?\s(?:-b|--cookie)[ =]?[\"']?(?P<v>[\w.-]{1,100}=(?![$<{])[^\s\"']{3,4096}(?:; ?[\w.-]{1,100}=[^\s\"';]{1,2048}){0,20})",
        needles=("curl ",),
        hits=("curl -b 'PHPSESSID=kd93kd02mm' https://x", "curl -s --cookie sid=Zq81kk x"),
        misses=("curl -b cookies.txt https://x", 'curl -b "sid=$SID" x'),
    ),
    Rule(
        "value for a store of secrets",
        "secret",
        rf"(?:(?:gh\ssecret\sset|keyvault\ssecret\sset|secretsmanager\s(?:create-secret|put-secret-value|update-secret)){_REST}\s(?:--body|-b|--value|--secret-string)[ =]"
        r"|kubectl\s[^\n;]{0,200}?create\ssecret\s[^\n;]{0,400}?--from-literal[ =][\"']?[\w.-]{1,253}=)"
        rf"{ARGUMENT}",
        needles=("secret set", "secretsmanager", "--from-literal"),
        accept=is_given_password,
        hits=(
            'gh secret set DEPLOY --body "Zq81"',
            "az keyvault secret set --vault-name kv --name db --value Zq81",
            "aws secretsmanager create-secret --name prod/db --secret-string Zq81",
            "kubectl create secret generic db --from-literal=conn=Zq81",
        ),
        misses=(
            "gh secret set DEPLOY < key.txt",
            "kubectl create configmap c --from-literal=level=info",
            "aws secretsmanager get-secret-value --secret-id prod/db",
        ),
    ),
    Rule(
        "user and password of Oracle",
        "secret",
        r"(?i)(?<![\w-])(?:sqlplus|expdp|impdp|rman|sqlldr|sqlcl)\s(?:[^\n|;]{0,200}?\s)??[\"']?[a-z][\w$#]{0,60}/(?P<v>[^\s@/\"']{1,128})@[\w/(]",
        needles=("sqlplus", "expdp", "impdp", "rman", "sqlldr", "sqlcl"),
        accept=is_given_password,
        hits=("sqlplus system/Zq81@orcl", "expdp scott/Zq81@prod schemas=app", "sqlplus -s app/Zq81@//db:1521/XE"),
        misses=("sqlplus / as sysdba", "sqlplus app@orcl", "sqlplus app/$PW@orcl"),
    ),
    Rule(
        "password on standard input",
        "secret",
        rf"(?i)(?:echo|printf)\s{{1,3}}(?:-\w{{1,3}}\s{{1,3}})?{ARGUMENT}\s{{0,3}}\|[^\n]{{0,200}}?(?:sudo\s-S|--password-stdin|\bpasswd\b|chpasswd|cryptsetup|--passphrase-fd|\bkinit\b|base64\s{{1,3}}(?:-[dD]|--decode))",
        needles=("sudo -s", "stdin", "passwd", "passphrase-fd", "kinit", "base64 ", "cryptsetup"),
        accept=is_given_password,
        hits=(
            "echo Zq81 | sudo -S ls",
            "echo 'app:Zq81' | chpasswd",
            "echo WnE4MWtrbGw= | base64 -d",
            'echo "Zq81" | docker login --password-stdin r',
        ),
        misses=("echo $PW | sudo -S ls", "echo done"),
    ),
    Rule(
        "password in a here-string",
        "secret",
        rf"(?i)(?:(?:chpasswd|--?[\w-]{{0,30}}stdin|sudo\s-S){_REST}\s{{0,3}}<<<\s{{0,3}}{ARGUMENT}|pass[\w-]{{0,20}}[= ]<\(\s{{0,3}}(?:echo|printf)\s{{1,3}}(?:-\w{{1,3}}\s{{1,3}})?(?P<y>[^\s)]{{1,200}}))",
        needles=("<<<", "<("),
        accept=is_given_password,
        hits=(
            'chpasswd <<< "app:Zq81"',
            "docker login --password-stdin r <<< Zq81",
            "rsync --password-file=<(echo Zq81) a b",
        ),
        misses=("cat <<< done", 'chpasswd <<< "$PAIR"', "diff <(echo a) b"),
    ),
    Rule(
        "privacy password of SNMP",
        "secret",
        rf"(?i:snmp\w{{1,40}}+){_REST}\s-X\s{{0,3}}{ARGUMENT}",
        needles=(" -x ",),
        accept=is_given_password,
        hits=("snmpget -v3 -u ops -A $A -X Zq81kk22 -l authPriv sw",),
        misses=("snmpget -v3 -X $P sw", "set -x; snmpget"),
    ),
    Rule(
        "key of openssl",
        "secret",
        rf"openssl\s{{1,3}}(?:enc|(?:aes|des|camellia|aria|sm4|chacha|bf|cast|rc\d|seed|idea)[\w-]{{0,20}}+){_REST}\s-[kK]\s{{1,3}}{ARGUMENT}",
        needles=("openssl",),
        accept=is_given_password,
        hits=(
            "openssl enc -aes-256-cbc -in a -out b -k Zq81",
            "openssl aes-128-cbc -d -K 00112233445566778899aabbccddeeff -iv 0",
        ),
        misses=("openssl enc -d -kfile key.txt", "openssl s_client -connect x:443 -k", "openssl enc -k $KEY"),
    ),
    Rule(
        "user and password in one argument (Samba, lftp)",
        "secret",
        rf"(?i)(?<![\w-])(?:(?:smb\w{{1,40}}+|rpcclient){_REST}\s(?:-U|--user)[ =]{{0,2}}[\"']?[^\s%\"']{{1,100}}%(?P<y>[^\s\"']{{1,200}})"
        r"|lftp[^\n|;]{0,200}?\s(?:-u|--user)[ =]{0,2}[\"']?[^\s,\"']{1,100},(?P<z>[^\s\"']{1,200}))",
        needles=("smb", "rpcclient", "lftp"),
        accept=is_given_password,
        hits=("smbclient //nas/x -U ops%Zq81", "smbclient -L nas -U 'ACME\\ops%Zq81'", "lftp -u ops,Zq81 sftp://files"),
        misses=("smbclient -N -L nas", "smbclient //nas/x -U ops", "lftp -u ops sftp://files"),
    ),
    Rule(
        "password of a Windows command",
        "secret",
        rf"(?i)(?<!\w)net1?\s{{1,3}}use\s[^|;]{{0,200}}?/user:\S{{1,100}}\s{{1,3}}(?!/){ARGUMENT}"
        rf"|(?:freerdp|mstsc|rdesktop|schtasks|runas|sc(?:\.exe)?\s(?:create|config)){_REST}\s/(?:p|rp|pass|password)[: ](?P<y>[^\s\"']{{1,200}})",
        lines=2,
        needles=("/user:", "/p:", "/pass"),
        accept=is_given_password,
        hits=(
            "net use Z: \\\\nas\\share /user:ops Zq81",
            "xfreerdp /v:host /u:ops /p:Zq81",
        ),
        misses=(
            "net use Z: \\\\nas\\share /user:ops /persistent:yes",
            "net use Z: \\\\nas\\share * /user:ops",
            "schtasks /run /tn x",
        ),
    ),
    Rule(
        "secure parameter (AWS Systems Manager)",
        "secret",
        rf"put-parameter(?=[^\n]{{0,400}}SecureString)[^\n]{{0,400}}?\s--value[ =]{ARGUMENT}",
        needles=("securestring",),
        accept=is_given_password,
        hits=(
            "aws ssm put-parameter --name /db/pw --type SecureString --value Zq81",
            "aws ssm put-parameter --value Zq81 --name x --type SecureString",
        ),
        misses=(
            "aws ssm put-parameter --name /db/size --type String --value 12",
            "put-parameter --type SecureString --value file://x",
        ),
    ),
    Rule(
        "setting under its name",
        "secret",
        rf"(?i)(?<!\w)(?:config|configure|secrets?)(?:\s{{1,3}}--?[\w=.-]{{1,40}}){{0,3}}(?:\s{{1,3}}set)?(?:\s{{1,3}}--?[\w=.-]{{1,40}}){{0,3}}\s{{1,3}}[\"']?(?P<k>[\w./:@-]{{2,200}})[\"']?\s{{1,3}}{ARGUMENT}",
        needles=("config", "secrets set"),
        accept=is_secret,
        hits=(
            "aws configure set aws_secret_access_key wJ4lrXUtnFEMIK7MDENGbPxRfiCYzzQWERTYUIOP",
            "pulumi config set --secret dbPassword Zq81kk",
            'dotnet user-secrets set "Smtp:Password" "Zq81kk!"',
            "npm config set //registry.npmjs.org/:_authToken 8f3c2b1a-9d8e-4f7a-b6c5-d4e3f2a1b0c9",
        ),
        misses=(
            "aws configure set region eu-central-1",
            "git config --global user.name deploy",
            "gcloud config set project shop-4711",
        ),
    ),
    Rule(
        "account of network equipment",
        "secret",
        rf"(?i)(?<!\w)(?:username[ \t]\S{{1,60}}|enable)(?:[ \t]privilege[ \t]\d{{1,2}})?[ \t](?:password|secret)(?:[ \t]\d)?[ \t]{{1,4}}{ARGUMENT}",
        needles=("username ", "enable "),
        accept=is_shown,
        hits=("username ops password 7 08701E1D5D", "enable secret Zq81kk"),
        misses=("enable secret rotation", "enable password auth: no", "username admin logged in"),
    ),
    Rule(
        "shared key of network equipment",
        "secret",
        rf"(?i)(?<!\w)(?:(?:tacacs|radius)[\w+-]{{0,20}}+[ \t][^\n]{{0,80}}?\bkey(?:[ \t][0-9])?|snmp-server[ \t]community|:[ \t]{{0,4}}PSK)[ \t]{{1,4}}{ARGUMENT}",
        needles=("tacacs", "radius", "snmp-server", "psk"),
        accept=is_given_password,
        hits=(
            "radius-server host 192.0.2.7 key Zq81kk",
            "snmp-server community Zq81 RO",
            '192.0.2.7 : PSK "Zq81kk"',
        ),
        misses=("radius server timeout", "snmp-server enable traps", "cipher suite ECDHE-PSK-AES128"),
    ),
)
