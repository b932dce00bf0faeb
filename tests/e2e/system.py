"""How a rehearsal speaks to the running system: commands of `insentif`, the simulator's control."""
import json
import pathlib
import subprocess
import urllib.error
import urllib.parse
import urllib.request

COMMAND_SECONDS = 300
CONTROL_SECONDS = 30
ONCE = ("timeout_before", "timeout_after", "error_before", "error_after")


class CannotRun(Exception):
    """The system didn't do what it was told: nothing can be compared."""


class System:
    """The running system, by its command line and the simulator's control."""

    def __init__(self, folder, control, wait):
        self.program = str(pathlib.Path(folder) / "insentif")
        self.control = control.rstrip("/")
        self.wait = wait
        # Nothing on this machine lies behind a proxy.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self, *words, seconds=COMMAND_SECONDS):
        try:
            ended = subprocess.run([self.program, *words], capture_output=True, text=True,
                                   encoding="utf-8", timeout=seconds, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotRun(f"insentif {' '.join(words)}: {error}") from error
        if ended.returncode != 0:
            raise CannotRun(f"insentif {' '.join(words)}: exit {ended.returncode}\n"
                            + ended.stderr[-2000:])
        return ended.stdout

    def post(self, path, body=b""):
        request = urllib.request.Request(self.control + path, data=body, method="POST",
                                         headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=CONTROL_SECONDS) as answer:
                answer.read()
        except (OSError, urllib.error.URLError) as error:
            raise CannotRun(f"simulator {path.partition('?')[0]}: {error}") from error

    def get(self, path):
        try:
            with self.opener.open(self.control + path, timeout=CONTROL_SECONDS) as answer:
                return answer.read().decode("utf-8")
        except (OSError, urllib.error.URLError) as error:
            raise CannotRun(f"simulator {path.partition('?')[0]}: {error}") from error

    def fixture(self, fixture):
        """A line of the simulator's: what didn't get through does so at the next try, and a failed
        transfer is one that the partner refuses as too busy, nothing booked."""
        behaviour = fixture["behaviour"]
        if behaviour in ONCE:
            behaviour += ":1"
        behaviour = behaviour.replace("fail_once", "pay:busy")
        self.post("/_control/fixtures", f"{fixture['account']} {behaviour}\n".encode())

    def down(self, outage):
        query = urllib.parse.urlencode({"partner": outage["partner"].lower(),
                                        "on": int(outage["on"])})
        self.post("/_control/down?" + query)

    def clock(self, clock):
        self.run("clock", "step", clock)

    def produce(self, topic, path):
        self.run("produce", topic, str(path))

    def idle(self):
        self.run("idle", "--wait", str(self.wait), seconds=self.wait + 30)

    def show(self):
        return [json.loads(text) for text in self.run("show", "--all", "--json").splitlines()
                if text.strip()]
