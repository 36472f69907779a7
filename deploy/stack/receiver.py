"""A webhook receiver for Alertmanager: keeps what arrives, and says each change of an alert in one line."""
import collections
import http.server
import json
import threading
import time

LIMIT = 4 << 20  # bytes of one notification

# receiver: last part of the path; status: firing or resolved; arrived: Unix time; the rest as Alertmanager sends it.
Alert = collections.namedtuple("Alert", "receiver status labels annotations starts_at fingerprint arrived")


class Receiver:
    """Listens on a free port of 127.0.0.1 until close(). `tell(alert)` is called for each alert that began or ended, from another
    thread; an alert that Alertmanager repeats is kept in `all` but not told again."""

    def __init__(self, tell=lambda alert: None):
        self.all, self.told, self.known, self.tell, self.lock = [], [], set(), tell, threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, receiver, message):
        now = time.time()
        for one in message["alerts"]:
            alert = Alert(receiver, one["status"], one["labels"], one["annotations"], one["startsAt"], one["fingerprint"], now)
            with self.lock:
                self.all.append(alert)
                key = (receiver, alert.fingerprint, alert.starts_at, alert.status)
                if key in self.known:
                    continue
                self.known.add(key)
                self.told.append(alert)
            self.tell(alert)

    def handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self):
                size = int(self.headers.get("Content-Length", 0))
                try:
                    if size > LIMIT:
                        raise ValueError("too long")
                    receiver.take(self.path.rsplit("/", 1)[-1], json.loads(self.rfile.read(size)))
                    self.send_response(200)
                except (ValueError, KeyError, TypeError) as problem:
                    self.send_response(400, str(problem)[:80])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


def line(alert):
    """13:26:21 on-call FIRING RdpHostDown: rds07:3389 takes no RDP sessions. Reason: ... http://.../runbook/tcp_refused"""
    clock = time.strftime("%H:%M:%S", time.localtime(alert.arrived))
    name = alert.labels.get("alertname", "?")
    if alert.status == "resolved":
        about = alert.labels.get("instance") or alert.labels.get("site") or alert.annotations.get("summary", "")
        return f"{clock} {alert.receiver} over   {name}: {about}"
    notes = alert.annotations
    words = [notes.get("description") or notes.get("summary", ""), notes.get("runbook_url", "")]
    return f"{clock} {alert.receiver} FIRING {name}: {' '.join(' '.join(words).split())}"
