"""The rules: what real trouble looks like in the output of operations tools. One row a problem.

``severity`` is P1 to P4. ``needles`` are lower case: without one of them the pattern is not tried. Patterns look at
lines (``^`` and ``$``) of text from which quotes were removed. ``hit`` and ``miss`` are examples that the tests run.
"""

# ruff: noqa: E501, PLR0917 - a table: a row is read as a whole

from __future__ import annotations

from opsloop.rules.compiled import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Match

CAPACITY, INCIDENT, AUTOMATION = "capacity_issue", "incident_pattern", "automation_gap"
SLOW, SLA = "process_bottleneck", "sla_breach"


class Rule:
    """One row: the slug of its pattern key, its seed category, severity, needles, pattern and two examples."""

    __slots__ = ("category", "hit", "miss", "needles", "pattern", "severity", "slug")

    def __init__(
        self, slug: str, category: str, severity: str, needles: str, pattern: str, hit: str, miss: str
    ) -> None:
        self.slug, self.category, self.severity, self.pattern, self.hit, self.miss = (
            slug,
            category,
            severity,
            pattern,
            hit,
            miss,
        )
        self.needles = tuple(needles.split("|"))

    def search(self, text: str, low: str) -> Match[str] | None:
        """The first place where it applies; ``low`` is the lower-cased text."""
        if not any(needle in low for needle in self.needles):
            return None
        return compiled(f"(?m){self.pattern}").search(text)


# fmt: off
RULES = (
    # Capacity: memory, disk, descriptors, connections, quota, scheduling
    Rule("out_of_memory", CAPACITY, "P2", "oom|out of memory|outofmemory|allocate memory",
         r"^.*(?:\bOOMKilled\b|OOMKilling\b|[Oo]ut of memory|oom-kill:|OutOfMemoryError|[Cc]annot allocate memory|OOM command not allowed).*$",
         "Out of memory: Killed process 4242 (java)", "oom_score_adj 0"),
    Rule("killed", CAPACITY, "P2", "killed",
         r"^(?:.*: line \d+:\s+\d+ )?Killed\b(?!\s*:)[^\n]{0,80}$",
         "Killed", "Killed: 0 processes"),
    Rule("disk_full", CAPACITY, "P2", "no space|quota exceeded|read-only file|disk full|diskpressure|enospc",
         r"^.*(?:No space left on device|[Dd]isk quota exceeded|Read-only file system|ENOSPC|disk (?:is )?full|Disk full).*$",
         "cp: write error: No space left on device", "No space between words"),
    Rule("disk_nearly_full", CAPACITY, "P2", "%",
         r"^(?!/dev/loop|devfs|map |overlay-ro|\S*\.iso|squashfs)\S.*\s(?:9[5-9]|100)%\s+/(?!snap/|cdrom|media/|dev\b).*$",
         "/dev/sda1   50G   49G  1.0G  98% /var", "/dev/sda1   50G   20G   30G  40% /var"),
    Rule("too_many_open_files", CAPACITY, "P2", "too many open|resource temporarily|pthread_create|can't start new thread",
         r"^.*(?:Too many open files|fork: .*Resource temporarily unavailable|pthread_create failed|can't start new thread|unable to create (?:new )?native thread).*$",
         "OSError: [Errno 24] Too many open files", "open files limit 1024"),
    Rule("connections_exhausted", CAPACITY, "P2", "too many c|connection slots|pool|max number of clients|maxclients",
         "(?i)^.*(?:too many connections|too many clients|remaining connection slots|connection pool (?:is )?(?:exhausted|full|timed? ?out)|QueuePool limit|timeout waiting for (?:idle object|connection from pool)|max number of clients reached|pool timed out|no connections? available in (?:the )?pool).*$",
         "FATAL:  sorry, too many clients already", "pool size 10"),
    Rule("unschedulable", CAPACITY, "P3", "failedscheduling|insufficient|unschedulable|nodes are available",
         r"^.*(?:FailedScheduling|\d+/\d+ nodes are available|\bUnschedulable\b|Insufficient (?:cpu|memory|ephemeral-storage|pods|quota|[\w.-]+/\w+)).*$",
         "0/3 nodes are available: 3 Insufficient cpu.", "unschedulable: null"),
    Rule("quota_exceeded", CAPACITY, "P3", "quota|limitexceeded|limit exceeded|resource_exhausted|resourceexhausted|insufficientinstance",
         r"(?i)^.*(?:exceeded quota|quota ?exceeded|QuotaUnavailable|insufficient quota|ServiceQuotaExceeded|\w*LimitExceeded(?:Exception)?\b|RESOURCE_EXHAUSTED|code = ResourceExhausted|InsufficientInstanceCapacity|quota .*(?:exceeded|reached)|(?:memory|cpu|storage|disk|resource) limit exceeded).*$",
         "forbidden: exceeded quota: compute-resources", "quota: 10"),
    Rule("throttled", CAPACITY, "P3", "429|too many requests|throttl|rate limit|rate exceeded|limiting requests|toomanyrequests|requestlimit",
         r"(?i)^.*(?:\b429 too many requests|HTTP/[\d.]+\"? 429\b|too many requests|ThrottlingException|Throttling:|rate exceeded|rate limit(?:ing)? (?:exceeded|reached|hit)|exceeded .{0,30}rate limit|limiting requests, excess|toomanyrequests|RequestLimitExceeded|SlowDown: ).*$",
         "HTTP/1.1 429 Too Many Requests", "rate limit: 100/min"),
    Rule("resource_alarm", CAPACITY, "P2", "alarm|conntrack|table full|database space exceeded|table overflow|flood|watermark|listen queue|queue full|queue is full|mark exceeded",
         "(?i)^.*(?:(?:memory|disk)(?: resource)? limit alarm set|resource alarm|nf_conntrack: .*table full|mvcc: database space exceeded|alarm:NOSPACE|table overflow|flood.stage.*(?:exceeded|read.only)|(?:high|low) disk watermark .*exceeded|listen queue .*overflow|queue (?:is )?full).*$",
         "memory resource limit alarm set on node rabbit@mq-1", "alarm: none"),
    # Network, names, TLS
    Rule("connection_refused", INCIDENT, "P2", "refused|connectexception|no response|rejecting|couldn't connect|could not connect|can't connect|cannot connect|unable to connect|failed to connect|cannot dial",
         r"(?i)^.*(?:connection refused|ConnectionRefused|ECONNREFUSED|ConnectException|no response$|rejecting connections|(?:couldn't|could not|can't|cannot|unable to|failed to) (?:connect|dial)\b|connect\(\) failed).*$",
         "curl: (7) Failed to connect to localhost port 8999", "refused to comment"),
    Rule("timed_out", INCIDENT, "P2", "timed out|timedout|sockettimeout|timeout|time-out|deadline|timed_out",
         r"(?i)^(?!.*(?:--[\w-]*timeout|time-?outs?\w*\"?\s?[:=]\s?\"?[\d-]|set timeout|TimeoutError = )).*(?:\btimed out\b|i/o timeout|(?:connect(?:ion)?|read|write|handshake|lock|request|query|gateway|statement|operation|health ?check|probe|dns|socket) time-?outs?\b(?!s? (?:is|to|of|in|for|set|\d))|TimeoutError|TimeoutException|SocketTimeout|deadline ?exceeded|ETIMEDOUT|timeout (?:exceeded|expired|waiting|while|after|reached)|exceeded .{0,30}(?:timeout|deadline)|Client\.Timeout|timeout_waiting|request timeout for).*$",
         "dial tcp 203.0.113.5:443: i/o timeout", "connect timeout: 30"),
    Rule("connection_lost", INCIDENT, "P2", "reset by|broken pipe|unreachable|no route|conn error|connection was closed|closed the connection|lost connection|link is down|hang up|packet loss|unexpected eof|connection closed|empty reply|transport closed|connection lost|connection is closing|connection aborted",
         r"(?i)^.*(?:reset by peer|ECONNRESET|broken pipe|(?:network|host|destination)(?: \w+)? (?:is )?unreachable|no route to host|EHOSTUNREACH|detected conn error|server closed the connection|lost connection to|link is down|socket hang up|(?:[1-9]\d|100)(?:\.\d+)?% packet loss|unexpected EOF|connection (?:unexpectedly )?closed|empty reply from server|connection lost|connection is closing|connection aborted).*$",
         "read tcp: connection reset by peer", "0% packet loss"),
    Rule("name_resolution", INCIDENT, "P2", "resolve|no such host|name or service|name resolution|nxdomain|servfail|no servers could|host not found|unknownhost|getaddrinfo|enotfound",
         r"(?i)^.*(?:could(?: not|n't) resolve (?:host|proxy)|(?:unable|failed) to resolve (?:host|address|hostname)|no such host|name or service not known|failure in name resolution|status: (?:NXDOMAIN|SERVFAIL)|(?:can't|cannot) (?:find|resolve)[^\n]*: (?:NXDOMAIN|SERVFAIL)|no servers could be reached|host not found|UnknownHostException|getaddrinfo|\bENOTFOUND\b).*$",
         "curl: (6) Could not resolve host: api.example.com", ";; ->>HEADER<<- opcode: QUERY, status: NOERROR"),
    Rule("http_server_error", INCIDENT, "P2", "50|http|upstream",
         r"(?i)^(?:.*HTTP/[\d.]+\"? 5\d\d\b.*|.*\b50[0-4] (?:internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out).*|(?:[\w ]*(?:status|code|http)[\w ]*[=: ]\s*)?50[0234](?:\s+[\w.]*=?[\d.]+s?)*|\s+\d+ 50[0-4]|.*\b(?:status|code|statusCode|status_code)\"?[=:]\s?\[?\"?50[0-4]\b.*|.*returned error: 50\d.*|.*(?:upstream connect error|no healthy upstream|no live upstreams).*)$",
         "HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK"),
    Rule("http_too_many", CAPACITY, "P3", "429",
         r"(?i)^(?:(?:[\w ]*(?:status|code|http)[\w ]*[=: ]\s*)?429(?:\s+[\w.]*=?[\d.]+s?)*|\s+\d+ 429|.*\bstatus\"?[=:]\s?429\b.*)$",
         "429", "429 items"),
    Rule("curl_failed", INCIDENT, "P2", "curl: (",
         r"^curl: \((?:5|6|7|16|18|22|28|35|51|52|55|56|58|60|77|83|92|95|96)\) .*$",
         "curl: (52) Empty reply from server", "curl: (3) URL malformed"),
    Rule("transfer_failed", INCIDENT, "P3", "exit",
         r"(?i)^(?:.*\b)?exit(?:ed with)?[ _]?(?:status|code)?[:= ]+(?:22|28|52|56|60|124|137)$",
         "exit status: 22", "exit status: 0"),
    Rule("certificate", AUTOMATION, "P2", "certificate|<invalid>|x509|ssl|tls",
         r"(?i)^(?!.*(?:not expire\b|has not expired|up to date)).*(?:certificates? (?:has|have) expired|certificate (?:will expire|is expired|expired|is not yet valid|verify failed|signed by unknown)|x509: |SSL certificate problem|<invalid>|CERTIFICATE_VERIFY_FAILED|CERT_HAS_EXPIRED|verify error:num=|Verify return code: [1-9]|self[- ]signed certificate|tlsv1 alert|(?:SSL|TLS) handshake (?:error|fail)|handshake failure|certificate .{0,60}(?:about to expire|expires? in [0-6] days)).*$",
         "x509: certificate has expired or is not yet valid", "Certificate will not expire"),
    # Kubernetes and what runs on it
    Rule("pod_not_running", INCIDENT, "P2", "backoff|error|evicted|errimage|invalidimage|oomkilled|containerstatusunknown|nodelost|deadlineexceeded|unexpectedadmission",
         r"^\s*(?:[\w.<>-]+\s+){1,2}\d+/\d+\s+(?:Init:)?(?:CrashLoopBackOff|ImagePullBackOff|ErrImage\w+|Error|OOMKilled|Evicted|Create\w+Error|RunContainerError|StartError|InvalidImageName|ContainerStatusUnknown|NodeLost|DeadlineExceeded|UnexpectedAdmissionError|Failed)\b.*$",
         "web-0   0/1   CrashLoopBackOff   7 (2m ago)   15m", "web-0   1/1   Running   0   15m"),
    Rule("crash_loop", INCIDENT, "P2", "backoff|back-off",
         r"^(?!.*\|).*(?:(?:Reason|reason|State|Error):\s+\"?(?:CrashLoopBackOff|ImagePullBackOff|ErrImagePull)|[Bb]ack-off (?:restarting|pulling)|\bBackOff\s+\d+\w).*$",
         "      Reason:       CrashLoopBackOff", "backoffLimit: 4"),
    Rule("node_not_ready", INCIDENT, "P1", "notready|nodenotready|node.*is not ready",
         r"^.*(?:\s(?:Not)Ready(?:,\w+)*\s|NodeNotReady|node .* is not ready).*$",
         "node-1   NotReady   worker   9d   v1.29", "node-1   Ready   worker"),
    Rule("warning_event", INCIDENT, "P3", "warning|error",
         r"^\s*(?:\S+\s+)?(?:(?:[\d.]+[smhd]){1,2}(?: \(.*?\))?\s+)?(?:Warning\s+[A-Z]\w+\s+\S.*|Normal\s+(?:error|Failed)\s+.*)$",
         "  Warning  FailedMount  3m (x9 over 20m)  kubelet  MountVolume.SetUp failed", "  Normal  Scheduled  3m  default-scheduler  assigned"),
    Rule("condition_false", INCIDENT, "P3", "false|unknown",
         r"^\s+(?:Ready|Available|ContainersReady|PodScheduled|Initialized|Progressing|Healthy|Synced|Admitted|Established|Complete)\s+(?:False|Unknown)\b.*$",
         "  Ready             False ", "  Ready             True "),
    Rule("pressure", CAPACITY, "P2", "pressure",
         r"^\s+(?:Memory|Disk|PID)Pressure\s+True\b.*$",
         "  MemoryPressure   True    Sat", "  MemoryPressure   False   Sat"),
    Rule("condition_unmet", INCIDENT, "P3", "status:",
         r"^\s*-?\s*\"?[Rr]eason\"?:\s+\"?\w*(?:Fail|Error|Unavail|Insufficient|NotReady|Invalid|Timeout|TimedOut|Exceeded|Denied|Missing|BackOff|Unhealthy|Stalled|Unreach)\w*\"?,?\s*\n\s*\"?[Ss]tatus\"?:\s+\"?(?:False|Unknown)\"?.*$|^\s*-?\s*\"?[Ss]tatus\"?:\s+\"?False\"?,?\s*\n(?:\s*\"?[Rr]eason\"?:.*\n|\s*\"?[Mm]essage\"?:.*\n)*\s*\"?[Tt]ype\"?:\s+\"?(?:Ready|Available|Healthy|Synced)\b.*$",
         "    Reason:  VerificationError\n    Status:  False", "    Reason:  Ready\n    Status:  True"),
    Rule("container_failed", INCIDENT, "P2", "exit code|exitcode|terminated|waiting",
         r"^\s+(?:Exit Code:\s+(?!0$)\d+|Reason:\s+(?:OOMKilled|Error|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|ContainerCannotRun|CreateContainer\w+Error|DeadlineExceeded|Evicted))\s*$",
         "      Exit Code:    137", "      Exit Code:    0"),
    Rule("rollout_failed", INCIDENT, "P2", "progress deadline|waiting for the condition|rollout|rolled back|progressdeadline|unavailable|available",
         r"(?i)^.*(?:exceeded its progress deadline|ProgressDeadlineExceeded|timed out waiting for the condition|rollout (?:\S+ )?(?:failed|aborted|is degraded)|RolloutAborted|MinimumReplicasUnavailable|\|\s+(?:\d+ available \| )?[1-9]\d* unavailable\b|ReplicaFailure\s+True).*$",
         'error: deployment "web" exceeded its progress deadline', 'deployment "web" successfully rolled out'),
    Rule("image_pull", INCIDENT, "P3", "pull",
         r"^.*(?:[Ff]ailed to pull image|pull access denied|manifest (?:for .* not found|unknown)|Error: (?:ImagePullBackOff|ErrImagePull)).*$",
         'Failed to pull image "nginx:latestt"', "Successfully pulled image"),
    Rule("helm_failed", INCIDENT, "P2", "failed|pending-|no deployed releases|another operation|helm|installation",
         r"^.*(?:(?:UPGRADE|INSTALLATION|ROLLBACK|UNINSTALL) FAILED|STATUS: (?:failed|pending-\w+)|\tfailed\s|has no deployed releases|another operation \(install/upgrade/rollback\)|Helm \w+ failed).*$",
         "Error: UPGRADE FAILED: timed out", "STATUS: deployed"),
    Rule("gitops_degraded", INCIDENT, "P2", "degraded|health|sync|reconcil|failed",
         r"^.*(?:Health Status:\s+(?:Degraded|Missing|Unknown)|Phase:\s+(?:Failed|Error)\b|ComparisonError|SyncFailed|Marking Degraded|\[(?:Node Degraded|Probe Failed)\]|(?:R|r)econciliation failed).*$",
         "Health Status:      Degraded", "Health Status:      Healthy"),
    Rule("container_unhealthy", INCIDENT, "P2", "unhealthy|oci runtime|exec format|shim|restarting (|exited (|0/",
         r"^.*(?:\(unhealthy\)|OCI runtime \w+ failed|exec format error|failed to create shim|\bRestarting \(\d+\)|Exited \((?:1|2|125|126|127|134|137|139|255)\)|\b(?:replicated|global)\s+0/[1-9]\d*\b|is unhealthy\b).*$",
         "a1b2  web  Up 2 hours (unhealthy)", "a1b2  web  Up 2 hours (healthy)"),
    Rule("docker_daemon", INCIDENT, "P2", "docker daemon|response from daemon",
         r"^.*(?:Cannot connect to the Docker daemon|Error response from daemon: (?!No such (?:container|image|volume)|Conflict|conflict)).*$",
         "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "Error response from daemon: No such container: x"),
    Rule("address_in_use", INCIDENT, "P3", "in use|eaddrinuse|already allocated",
         r"(?i)^.*(?:address already in use|EADDRINUSE|port is already allocated).*$",
         "listen tcp 127.0.0.1:26257: bind: address already in use", "in use: 3"),
    Rule("control_plane", INCIDENT, "P2", "error from server|unable to handle|etcdserver|calling webhook|connect to the server|connection to the server",
         r"^.*(?:Error from server \((?:ServiceUnavailable|InternalError|Timeout|ServerTimeout|TooManyRequests)\)|the server is currently unable to handle|etcdserver: |failed calling webhook|Unable to connect to the server|The connection to the server .* was refused).*$",
         "Error from server (ServiceUnavailable): the server is currently unable to handle the request", 'Error from server (NotFound): pods "x" not found'),
    Rule("platform_event", INCIDENT, "P3", "failed|probe|unable to attach|multi-attach",
         r"^.*(?:\bFailed(?:Mount|AttachVolume|Create\w*|Scheduling|Sync|Binding|Kill\w*|Update\w*|GetScale|ComputeMetrics\w*|Get\w+Metric)\b|(?:[Ll]iveness|[Rr]eadiness|[Ss]tartup) probe (?:failed|errored)|Unable to attach or mount|Multi-Attach error|MountVolume\.\w+ failed).*$",
         "Readiness probe failed: HTTP probe failed with statuscode: 500", "Readiness probe: http-get"),
    Rule("pods_waiting", INCIDENT, "P3", "pods status",
         r"^Pods Status:\s+\d+ Running / (?:[1-9]\d* Waiting|\d+ Waiting / \d+ Succeeded / [1-9]\d* Failed).*$",
         "Pods Status:  4 Running / 1 Waiting / 0 Succeeded / 0 Failed", "Pods Status:  5 Running / 0 Waiting / 0 Succeeded / 0 Failed"),
    Rule("no_endpoints", INCIDENT, "P3", "endpoints", r"^Endpoints:\s+<none>\s*$", "Endpoints:         <none>", "Endpoints:         10.1.7.4:8080"),
    Rule("challenge_pending", AUTOMATION, "P3", "challenge propagation",
         r"^.*Waiting for (?:HTTP|DNS)-01 challenge propagation: .*(?:fail|wrong|did not|error).*$",
         "  Reason:  Waiting for HTTP-01 challenge propagation: wrong status code '503', expected '200'", "Presented challenge using HTTP-01 challenge mechanism"),
    Rule("mesh_check", INCIDENT, "P2", "check results are", r"^Status check results are \u00d7.*$", "Status check results are \u00d7", "Status check results are \u221a"),
    Rule("status_line", INCIDENT, "P2", "failed|degraded|faulted|unhealthy|down",
         r"^(?:(?:Status|State|Phase|Health):\s+(?:Failed|Degraded|Faulted|Unhealthy)\b.*|.*\"status\"\s?:\s?\"(?:DOWN|OUT_OF_SERVICE)\".*)$",
         "Status:       Failed", "Status:       Running"),
    Rule("eviction_refused", INCIDENT, "P3", "disruption budget",
         r"^.*Cannot evict pod as it would violate the pod's disruption budget.*$",
         "Cannot evict pod as it would violate the pod's disruption budget.", "poddisruptionbudget.policy/web created"),
    Rule("autoscaler_blind", CAPACITY, "P3", "<unknown>", r"^.*<unknown>/\d+%.*$", "web  Deployment/web  <unknown>/80%  2  10  2  40m", "web  <none>"),
    # Hosts, kernel, services
    Rule("service_failed", INCIDENT, "P2", "failed|fatal|backoff|exited|errored|restart|exited|degraded|auto-restart",
         r"^(?:failed$|\S+\s+(?:FATAL|BACKOFF|EXITED)\s{2,}.*|.*│ errored|.*(?:Active: (?:failed|activating \(auto-restart\))|\sloaded\s+failed\s+failed|Failed to start |Job for \S+ failed because |entered failed state|Start request repeated too quickly|Main process exited, code=(?:exited, status=[1-9]|killed|dumped)|Failed with result '|^\s*State: degraded|Watchdog timeout|code=exited, status=[1-9]\d*|Job \S+ failed with result|Dependency failed for ).*)$",
         "     Active: failed (Result: exit-code) since Mon", "     Active: active (running) since Mon"),
    Rule("kernel", INCIDENT, "P1", "kernel|i/o error|soft lockup|blocked for more|call trace|segfault|hardware error|machine check|netdev watchdog|ext4-fs|storage interrupt",
         r"^.*(?:[Kk]ernel panic|I/O error|EXT4-fs error|XFS .*(?:error|[Cc]orrupt)|soft lockup|blocked for more than \d+ seconds|Call Trace:|segfault at|Hardware Error|[Mm]achine check|NETDEV WATCHDOG|KERNEL FATAL).*$",
         "kernel: INFO: task jbd2 blocked for more than 120 seconds.", "kernel: Linux version 6.1.0"),
    Rule("disk_failing", INCIDENT, "P1", "smart|state: |[u_|[_u|uncorrectable|md",
         r"^.*(?:SMART overall-health.*FAILED|state: (?:DEGRADED|FAULTED|UNAVAIL|SUSPENDED)|\[U*_+U*\]|Offline_Uncorrectable.*\s[1-9]\d*$).*$",
         " state: DEGRADED", " state: ONLINE"),
    Rule("authentication_failures", INCIDENT, "P3", "authentication|failed password|break-in|invalid user|publickey|access denied for|unauthorized",
         r"^.*(?:Failed password for|authentication failure;|POSSIBLE BREAK-IN|Invalid user \S+ from|[Tt]oo many authentication failures|maximum authentication attempts|password authentication failed|"
         r"Access denied for user|Permission denied \(publickey|401 Unauthorized|InvalidClientTokenId).*$",
         "sshd[42]: Failed password for root from 203.0.113.7 port 4242 ssh2", "Accepted publickey for ci"),
    Rule("hardware", INCIDENT, "P2", "psu|fan |temperature|power supply|unavailable state|not synchronised|synchronized: no|link error",
         r"(?i)^.*(?:(?:psu|fan|power supply)\b.{0,30}\bfail|temperature .{0,40}(?:critical|above threshold|exceed)|unavailable state|Leap status\s+: Not synchronised|clock synchronized: no|link error).*$",
         "node-7 power supply 2 failure detected", "System clock synchronized: yes"),
    Rule("corruption", INCIDENT, "P1", "corrupt|checksum", r"(?i)^.*(?:checksum (?:mismatch|error|failure|failed)|invalid checksum|(?:data|index|page|block|file ?system|database|log|wal)\b.{0,30}\bcorrupt(?:ed|ion)?\b).*$",
         "ERROR: invalid checksum in block 42", "checksum ok"),
    Rule("check_critical", INCIDENT, "P2", "critical", r"^(?:[A-Z][\w /]{0,30} )?CRITICAL(?: -|:) .*$", "DISK CRITICAL - free space: / 120 MB (1%)", "CRITICAL_THRESHOLD=5"),
    # Data stores and brokers
    Rule("cluster_unhealthy", INCIDENT, "P1", "health_|status|red|yellow|clusterdown|quorum|no leader|no primary|degraded|faulted|unassigned",
         r"(?i)^.*(?:\bHEALTH_(?:WARN|ERR)\b|\"status\"\s?:\s?\"(?:red|yellow)\"|^\d{10} [\d:]+ \S+ (?:red|yellow) |CLUSTERDOWN|no quorum|lost quorum|no leader\b|no primary\b|robustness:\s*(?:degraded|faulted)|\battached\s+(?:degraded|faulted)\b|cluster_state:fail|\"unassigned_shards\"\s?:\s?[1-9]|pgs? (?:degraded|undersized|inactive|stale)|\d+ osds? down|state:\s*(?:degraded|faulted)\b).*$",
         "  health: HEALTH_WARN", "  health: HEALTH_OK"),
    Rule("replication_broken", INCIDENT, "P2", "running: no|behind|link_status|readonly|read-only|replica|standby|masterdown|misconf|notwritable|not master|not primary|mnesia|writable|not reachable",
         r"(?i)^.*(?:(?:Slave|Replica)_(?:IO|SQL)_Running: No|Seconds_Behind_(?:Master|Source): (?:[1-9]\d{2,}|NULL)|(?:master|slave)_link_status:down|READONLY You can't write|MASTERDOWN|MISCONF |NotWritablePrimary|not (?:master|primary) and|read-only transaction|super.read.only|replica(?:tion)? .{0,40}(?:failed|broken|stopped|error)|(?:failed to catch up|lag(?:ging)? behind)|waiting for Mnesia tables|\(not reachable/healthy\)|\|\s*start failed\s*\|).*$",
         "master_link_status:down", "master_link_status:up"),
    Rule("deadlock", INCIDENT, "P3", "deadlock|lock wait|obtain lock|serialize access|state lock",
         r"(?i)^.*(?:deadlock (?:detected|found)|lock wait timeout|could not (?:obtain lock|serialize access)|acquiring the state lock).*$",
         "ERROR:  deadlock detected", "deadlocks: 0"),
    Rule("database_down", INCIDENT, "P2", "fatal|loading redis|wal segment|panic|starting up|shutting down|recovery mode|clusterblock|database|err|defaults",
         r"^.*(?:\bFATAL:\s|\bPANIC:\s|the database system is |ClusterBlockException|LOADING Redis|requested WAL segment .* removed|cluster_block_exception|psql: error: |ERROR (?:1040|1045|1205|1213|2002|2003|2006|2013)\b|MongoServerSelectionError|Database (?:is )?unavailable|mysqld: \[ERROR\]|SQLTransientConnection).*$",
         "FATAL:  the database system is starting up", "LOG:  database system is ready to accept connections"),
    Rule("broker", INCIDENT, "P2", "partition|leader|nodedown|under|replicat|isr|rabbit|broker|consumer",
         r"^.*(?:LEADER_NOT_AVAILABLE|NOT_LEADER|Leader: (?:none|-1)\b|NotLeaderFor|NotEnoughReplicas|Under-?[Rr]eplicated\w*\s*[:=]\s*[1-9]|\bnodedown\b|unable to perform an operation on node|network partition detected|Broker .*(?:unavailable|not available)).*$",
         "WARN LEADER_NOT_AVAILABLE (org.apache.kafka.clients.NetworkClient)", "partition 0 leader 1"),
    Rule("member_down", INCIDENT, "P2", "down|failed|unhealthy|dn |dead|sealed|lost",
         r"^(?:D[NLJM]\s+\d.*|\S+(?:\s+\S+){0,6}\s+(?:down|DOWN|Down)\b(?:\s+\S+){0,12}|.*\bSealed\s+true|.*https?://\S+ is unhealthy.*|\S+\s+[\d.]+:\d+\s+(?:failed|left)\s+(?:server|client)\b.*|.*Last Contact.*never.*)$",
         "osd.3   down   0  1.00000", "osd.3   up   1.00000  1.00000"),
    # Monitoring, delivery, backup
    Rule("alert_firing", INCIDENT, "P2", 'firing|"down"|health',
         r"^.*(?:\"state\"\s?:\s?\"firing\"|alertstate=\"firing\"|\[FIRING:\d+\]|\"health\"\s?:\s?\"down\"|^up\{[^}]*\}[^\n]*\s0(?:\s@\[\S*)?).*$",
         'ALERTS{alertname="Down",alertstate="firing"} 1', '"state":"inactive"'),
    Rule("provisioning_failed", INCIDENT, "P3", "error|failed",
         r"^(?:│ )?\s*(?:Error: (?:Failed to (?!parse|read variable|load (?:plugin|configuration)|decode)|[Ee]rror (?:acquiring|creating|updating|deleting|waiting|reading|locking|launching)|[Cc]reating |[Uu]pdating |[Dd]eleting |waiting for )|.*\b(?:CREATE|UPDATE|DELETE|ROLLBACK|IMPORT)_FAILED\b|.*\bUPDATE_ROLLBACK_\w+).*$",
         "Error: error creating EC2 Instance: Unauthorized", "Error: Unsupported argument"),
    Rule("cloud_error", INCIDENT, "P2", "an error occurred (|unauthorizedoperation|expiredtoken|error: (gcloud",
         r"^.*(?:An error occurred \((?!ValidationException|InvalidParameter|NoSuchKey|404|ParamValidation|ResourceNotFound)\w+\) when calling|ExpiredToken|UnauthorizedOperation|ERROR: \(gcloud\.[\w.-]+\) .*(?:UNAVAILABLE|DEADLINE|INTERNAL)).*$",
         "An error occurred (ServiceUnavailable) when calling the RunInstances operation", "An error occurred (404) when calling HeadObject"),
    Rule("runner_lost", INCIDENT, "P3", "runner|exceeded the maximum",
         r"^.*(?:runner has received a shutdown signal|lost communication with the server|exceeded the maximum execution time|runner system failure).*$",
         "The runner has received a shutdown signal.", "runner version 2.300"),
    Rule("backup_failed", INCIDENT, "P2", "backup|dump|restore|fatal:|velero|phase|restic",
         r"(?i)^.*(?:(?:backup|restore|snapshot)\b.{0,60}\b(?:failed|failure|error\b(?!s?[:=]\s?0))|pg_\w+: error|mysqldump: (?:got )?error|phase:\s+(?:partially|validation)?failed|TabletManager\.Backup).*$",
         "pg_dump: error: query failed", "backup completed, 0 errors"),
    Rule("config_refused", INCIDENT, "P3", "emerg|test failed|invalid",
         r"^.*(?:\[emerg\]|configuration file .* test failed|\[ALERT\]\s+.*(?:config|parsing)).*$",
         "nginx: [emerg] bind() to 0.0.0.0:80 failed", "configuration file /etc/nginx/nginx.conf test is successful"),
    Rule("remote_call_failed", INCIDENT, "P2", "rpc error|remote error",
         r"^.*(?:rpc error: code = (?!NotFound|AlreadyExists|OK|Canceled|InvalidArgument)\w+).*$",
         "rpc error: code = Unavailable desc = transport is closing", "rpc error: code = NotFound"),
    # Logs that say so themselves
    Rule("fatal_log", INCIDENT, "P2", "fatal|critical|emerg|panic|alert|crit|f0|f1",
         r"(?i)^(?:.*\blevel=\"?(?:fatal|critical|panic|emerg|alert|crit)\b.*|.*\"(?:level|severity|lvl|log\.level)\"\s?:\s?\"(?:fatal|critical|panic|emergency|alert)\".*|.*\[(?:fatal|crit|critical|alert)\].*|\S*\d\d:\d\d.*\b(?-i:FATAL|CRITICAL|PANIC|EMERG)\b.*|(?:\S+ )?(?-i:F)\d{4} \d\d:\d\d:\d\d.*)$",
         "time=2026-01-31T12:00:00Z level=fatal msg=exiting", "level=info msg=fatal_errors=0"),
    Rule("error_log", INCIDENT, "P3", "error|severe|e0|e1",
         r"(?i)^(?!.*\b(?:0 errors?|errors?[=: ]\s?0|no errors?|error[=:]\s?(?:null|nil|\"\"|none|<nil>))\b)(?:.*\blevel=\"?error\b.*|.*\"(?:level|severity|lvl|log\.level)\"\s?:\s?\"error\".*|.*\[error\] .*|.*\d\d:\d\d.*\s\[?(?-i:ERROR|SEVERE|ERR)\]?[\s:].*|.*\d\d:\d\d:\d\d, (?-i:Error)\s.*|.*\d{6} \d+ (?-i:ERROR)\s.*|(?:\S+ |.*\]: )?(?-i:E)\d{4} \d\d:\d\d:\d\d.*)$",
         "2026-01-31 12:00:00,123 ERROR [main] worker: giving up", "12:00 INFO errors=0"),
    Rule("warning_log", INCIDENT, "P3", "warn|w0|w1",
         r"(?i)^(?:.*\blevel=\"?warn(?:ing)?\b|.*\"(?:level|severity)\"\s?:\s?\"warn(?:ing)?\"|.*\[warn(?:ing)?\]|.*\d\d:\d\d.*\s(?-i:WARN|WARNING)\b|.*\d{6} \d+ (?-i:WARN)\s|(?:\S+ |.*\]: )?(?-i:W)\d{4,6} \d\d:\d\d:\d\d).*(?:fail|exception|unable|could(?: not|n't)|cannot|unreachable|interrupt|refus|lost|unhealthy|degraded|retry|exceed|leaving|terminated|abort|dropped|stale|unavailable).*$",
         "2026-01-31 12:00:00 WARN  SendWorker: connection lost", "2026-01-31 12:00:00 WARN  deprecated option used"),
    Rule("error_line", INCIDENT, "P3", "error",
         r"^(?:.*\b)?(?:ERROR|Error|error)[ :\]]+(?=.*\b(?:connect|database|server|unavailable|backup|cluster|node|replica|broker|queue|disk|memory|storage|volume|certificate|upstream|deploy(?:ment)?|daemon|leader)\b)(?=.*\b(?:fail|failed|lost|down|unable|could not|cannot|unavailable|corrupt\w*|dead|unreachable|exited)\b).*$",
         "ERROR: Application cannot start, database unavailable", "Error: unknown flag: --bcakup"),
)
# fmt: on
"""Every rule. The one of highest severity that applies decides; among equals the earlier."""
