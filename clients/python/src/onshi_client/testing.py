"""For tests: onshi-mock as a process or a service that is already there, and worlds in it.

::

    with OnshiMock.start() as mock, mock.world() as world:
        world.client().qualification(person)
        world.verify(exactly={"count": 1, "match": {"card": "employee-valid"}})

Every world is a universe of its own, so tests run in parallel on one onshi-mock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .client import Client
from .identity import Identity


class Container:
    """What a container of onshi-mock needs. With Testcontainers there is ``OnshiContainer``."""

    IMAGE = "onshi-mock"
    #: The registered line, the line that is refused, and the admin port.
    SERVICE, UNREGISTERED, ADMIN = 8443, 8444, 8080
    PORTS = (SERVICE, UNREGISTERED, ADMIN)
    #: Path on the admin port that answers 200 once everything listens.
    READY = "/readyz"


class StartedContainer(Protocol):
    """What is asked of a started container, as Testcontainers names it."""

    def get_container_host_ip(self) -> str: ...

    def get_exposed_port(self, port: int) -> int | str: ...


class OnshiMock:
    """A running onshi-mock."""

    def __init__(self, admin: str, service: str | None = None, token: str | None = None) -> None:
        self.admin = admin.rstrip("/")
        self._service, self._token = service, token
        self._process: subprocess.Popen[str] | None = None
        self._folder: str | None = None

    @classmethod
    def connect(cls, admin: str, *, service: str | None = None, token: str | None = None) -> OnshiMock:
        """One that is already there. ``service`` is its address from here, where that isn't the one it knows."""
        mock = cls(admin, service, token)
        mock.call("GET", "/readyz")
        return mock

    @classmethod
    def of_container(cls, container: StartedContainer, *, token: str | None = None) -> OnshiMock:
        """One in a started container, over the ports that it was given outside."""
        host, port = container.get_container_host_ip(), container.get_exposed_port
        service = f"https://{host}:{port(Container.SERVICE)}"
        return cls.connect(f"http://{host}:{port(Container.ADMIN)}", service=service, token=token)

    @classmethod
    def start(cls, program: str | None = None, *arguments: str) -> OnshiMock:
        """Starts one on free ports, with nothing kept. ``program``, else ``$ONSHI_MOCK``, else from the path."""
        folder = tempfile.mkdtemp(prefix="onshi-mock-")
        command = [program or os.environ.get("ONSHI_MOCK", "onshi-mock"), "--no-terminal", *arguments]
        command += ["--service-port", "0", "--admin-port", "0", "--log-level", "warn"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        # Told once, when every port listens; without it the process has ended and said why on stderr.
        assert process.stdout is not None
        ready = process.stdout.readline().split()
        found = [word.removeprefix("admin=") for word in ready if word.startswith("admin=")]
        if not found:
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            raise RuntimeError(f"onshi-mock ended with status {process.returncode}")
        mock = cls(found[0])
        mock._process, mock._folder = process, folder
        return mock

    def world(self, **creation: Any) -> World:
        """Makes a world, with an institution, line and certificate that are ready. ``creation`` may have ``name``,
        ``institution``, ``clock``, ``packs``, ``scenario`` (YAML), ``dialect``, ``seed``, ``client_key``."""
        return World(self, self.call("POST", "/api/v1/worlds", creation), self._service)

    def close(self) -> None:
        """Ends the process, if it was started here."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]
        self._process = None
        shutil.rmtree(self._folder or "", ignore_errors=True)

    def __enter__(self) -> OnshiMock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, path: str, body: Any = None, *, timeout: float = 30.0) -> Any:
        """A call of the admin API. ``body`` is sent as JSON, or as YAML if it is a text."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        request = urllib.request.Request(self.admin + path, data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/yaml" if isinstance(body, str) else "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        # No proxy of the environment comes between a test and its mock.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: HTTP {error.code}: {error.read().decode()}") from error
        return json.loads(text) if text.startswith((b"{", b"[")) else None


class World:
    """One isolated universe: institution, people, clock, journal. Leaving its ``with`` deletes it."""

    def __init__(self, mock: OnshiMock, created: Mapping[str, Any], service: str | None) -> None:
        self._mock = mock
        self.name: str = created["name"]
        self.institution: str = created["institution"]["code"]
        self.customer_id: str = created["line"]["customer_id"]
        self.service: str = service or created["line"]["service"]
        self.ca_pem: bytes = created["ca_pem"].encode()
        certificate = created["certificate"]
        self.identity = Identity(certificate["certificate_pem"].encode(), certificate["key_pem"].encode())
        #: User id and password by role, such as ``web-api``.
        self.accounts = {each["role"]: (each["id"], each["password"]) for each in created["accounts"]}

    def client(self, **changes: Any) -> Client:
        """A client of the institution. ``changes`` are settings of ``Client``, such as ``identity=None``."""
        settings = {"institution": self.institution, "identity": self.identity, "ca": self.ca_pem, **changes}
        return Client(settings.pop("service", self.service), **settings)

    def load_scenario(self, name: str, yaml: str) -> None:
        """Loads a scenario, or replaces that of this name. A mistake raises with its place."""
        self._call("PUT", f"/scenarios/{name}", yaml)

    def advance(self, by: str) -> None:
        """Moves the world's clock, for example by ``25h``."""
        self._call("POST", "/clock", {"advance": by})

    def set_clock(self, change: Mapping[str, Any]) -> None:
        """Any other change of the clock, for example ``{"freeze": True}`` or ``{"set": "2027-01-01T00:00:00+09:00"}``."""
        self._call("POST", "/clock", change)

    def wait_for(self, match: Mapping[str, Any], count: int = 1, timeout: float = 10.0) -> list[dict[str, Any]]:
        """Waits for exchanges, for example with ``{"message": "OQSsiquc01", "card": "employee-valid"}``. Fails with
        those that come nearest if there aren't as many within ``timeout`` seconds."""
        body = {"match": match, "count": count, "timeout_seconds": timeout}
        found = self._call("POST", "/exchanges/wait", body, timeout=timeout + 30)
        if not found["met"]:
            raise AssertionError(f"{found['count']} of {count} exchanges with {match}; nearest: {found['nearest']}")
        return list(found["exchanges"])

    def verify(self, **expectation: Any) -> None:
        """Fails unless one of these holds: ``at_least`` or ``exactly`` (``{"count": 1, "match": {…}}``), ``never``
        (``{"match": {…}}``), ``in_order`` (a list of matches)."""
        verdict = self._call("POST", "/exchanges/verify", expectation)
        if verdict["verdict"] != "passed":
            raise AssertionError(f"{verdict['text']['en']}; nearest: {verdict['nearest']}")

    def exchanges(self) -> Sequence[dict[str, Any]]:
        """What the world has seen, newest first."""
        return list(self._call("GET", "/exchanges")["exchanges"])

    def reset(self) -> None:
        """Makes the world again what it was; its certificate stays good."""
        self._call("POST", "/reset")

    def close(self) -> None:
        """Deletes the world."""
        self._call("DELETE", "")

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, method: str, path: str, body: Any = None, timeout: float = 30.0) -> Any:
        return self._mock.call(method, f"/api/v1/worlds/{self.name}{path}", body, timeout=timeout)
